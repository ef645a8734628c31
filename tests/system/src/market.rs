//! A job board on loopback that behaves, and misbehaves, on request.
//!
//! [`Market::start`] binds a port of 127.0.0.1 that the system chooses. Any number of markets may run in one
//! process; they share nothing. Content is a pure function of the URL: no clock, no chance. [`Job`] is
//! the ground truth of every card, so that a test can compare what it extracted with what was published.
//!
//! # Boards
//!
//! | route | what it serves |
//! | --- | --- |
//! | `/` | an index that links the boards |
//! | `/board?page=1..=3` | 20 server-rendered cards a page, jobs 1 to 60; `rel="next"` on all pages but the last |
//! | `/spa?page=1..=3&delay_ms=D` | an empty shell; `/static/spa.js` builds the same cards from the API |
//! | `/api/jobs?page=1..=3&delay_ms=D` | the JSON behind `/spa`, answered after `D` ms |
//! | `/jobs/ID` | one job with its JSON-LD `JobPosting`; any `ID` from 1 on exists |
//! | `/single?n=K` | one page of 20 jobs, other jobs for every `K` |
//! | `/big?kb=N` | the cards of `/board`, padded to `N` KiB exactly (more, where the cards alone are larger) |
//! | `/empty` | a board that says `No jobs found` |
//! | `/about` | a page that is no board |
//! | `/js/moves?to=URL` | a page that goes to URL by script before it has loaded |
//! | `/js/crash`, `/js/greedy` | the first page of `/board` with a script that fills its heap until the renderer crashes, or holds 1 GiB outside of it for 5 s |
//! | `/download` | a file to keep, not a page |
//! | `/js/throws`, `/js/dialog`, `/js/popup`, `/js/busy` | the first page of `/board` with a script that throws, calls `alert`, calls `window.open`, or never ends |
//! | `/static/site.css`, `/static/site.js`, `/static/spa.js`, `/robots.txt`, `/favicon.ico` | what pages of this kind load; `robots.txt` allows all, there is no icon (204) |
//!
//! A page number out of range is 404, a query that does not parse is 400.
//!
//! # Failures
//!
//! | route | what goes wrong |
//! | --- | --- |
//! | `/fail/CODE?after=N` | answers with `CODE`, any status from 400 to 599; 429 and 503 carry `Retry-After: N`, default 1 |
//! | `/fail/reset?after=N` | TCP reset once the request is read and `N` bytes of the answer are written, default 0 |
//! | `/fail/truncated` | an orderly close in the middle of the promised `Content-Length` |
//! | `/fail/hang` | reads the request, never answers |
//! | `/fail/slow?ms=N` | a listing after `N` ms, default 1000 |
//! | `/fail/flaky?key=K&fails=N` | 500 for the first `N` requests with key `K` (default 1), then a listing |
//! | `/fail/tls` | 302 to an https address of the market, whose certificate nobody has signed |
//! | `/board-broken` | a good first page whose `rel="next"` answers 500 |
//! | `/redirect?to=URL` | 302 to any URL |
//! | `/redirect-chain?n=N` | `N` redirects in all, at least one, then `/board` |
//! | `/redirect-loop` | 302 to itself |
//!
//! # Traffic
//!
//! `/requests` answers `{"requests":{PATH:n},"total":n,"open_connections":n}`. Paths are counted without their
//! query, before the request is answered; `/requests` itself is not counted, yet the connection it is asked over
//! is open. [`Market::requests`] and [`Market::open_connections`] say the same without a connection.
//!
//! # How it is built
//!
//! axum serves; the sockets are wrapped in a type of ours that can cut an answer short or reset the connection
//! at any byte, at the request of the handler, and that ends by itself when the market stops. So no connection
//! outlives its market, not even a hanging one.

mod connection;
mod failures;
mod jobs;
mod pages;
mod routes;
mod server;
mod tls;
mod traffic;
mod words;

pub use jobs::{Budget, Job, PAGES, PER_PAGE, Unit};
pub use server::{KeepAlive, Market};
