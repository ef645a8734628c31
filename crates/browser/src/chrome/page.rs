//! A page of a running Chrome.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use headless_chrome::protocol::cdp::Page::{self as PageDomain, Navigate};
use headless_chrome::protocol::cdp::Target::AttachToTarget;
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, json, value::RawValue};
use tokio::time::timeout;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{
    cookies,
    home::Home,
    keeper::Keeper,
    making::to_its_end,
    refusals::{Refusals, Refused},
    requests::Rules,
};
use crate::{
    CallError, CaptureError, ClickError, Content, Cookie, EvaluateError, EventStream, HealthError,
    NavigateError, Navigation, NetworkFault, Page, PageOptions, PdfOptions, ScreenshotOptions,
    ScrollOptions, Scrolled, Visit, WaitUntil,
    connection::{Connection, CrashWatch},
    decode::decode,
    events,
};

mod arrival;
mod capture;
mod evaluation;
mod journey;
mod pointer;
mod scrolling;
pub(super) mod setup;

use arrival::{Arrival, NAVIGATE};
use evaluation::{EVALUATE, appears, changes, evaluate, rests, text_within, value_of};
use setup::Setup;

/// A page of a running Chrome.
#[derive(Debug)]
pub(crate) struct ChromePage {
    connection: Connection,
    session: String,
    /// The page's target, which is its main frame as well.
    target: String,
    context: String,
    /// Ended when the page is dropped or closed.
    home: Mutex<Option<Home>>,
    /// The closing that is under way.
    closing: TaskTracker,
    refusals: Refusals,
    crash: CrashWatch,
    tasks: TaskTracker,
    _keeper: DropGuard,
}

impl ChromePage {
    /// Makes the window a page that is as its options say.
    ///
    /// # Cancel safety
    /// Not needed: callers run it in a task, as the window comes from one.
    pub(crate) async fn open(home: Home, options: PageOptions) -> Result<Self, CallError> {
        let (connection, tasks) = (
            home.contexts().connection.clone(),
            home.contexts().tasks.clone(),
        );
        let target = home.target().to_owned();
        let attach = AttachToTarget {
            target_id: target.clone(),
            flatten: Some(true),
        };
        let session = connection.command(None, &attach).await?.session_id;
        let stop = CancellationToken::new();
        let refusals = Refusals::of_frame(&target);
        let crash = connection.watch_crash(&session);
        let setup = Setup::of(&options);
        let events = connection.subscribe(Some(&session), &Keeper::EVENTS);
        let keeper = Arc::new(Keeper {
            connection: connection.clone(),
            rules: Rules::of(&options, refusals.clone()),
            setup: setup.followers,
            target: target.clone(),
        });
        let serving = keeper.serve(session.clone(), events);
        tasks.spawn(stop.clone().run_until_cancelled_owned(serving));
        let page = Self {
            connection,
            session,
            target,
            context: home.context().to_owned(),
            home: Mutex::new(Some(home)),
            closing: TaskTracker::new(),
            refusals,
            crash,
            tasks,
            _keeper: stop.drop_guard(),
        };
        let commands = setup.page.iter();
        try_join_all(commands.map(|(method, params)| page.call(method, params))).await?;
        Ok(page)
    }

    async fn call<P: Serialize>(
        &self,
        method: &str,
        params: P,
    ) -> Result<Box<RawValue>, CallError> {
        let session = Some(self.session.as_str());
        self.connection.call(session, method, params).await
    }

    /// A page that crashed does not answer until it has gone somewhere else.
    fn alive(&self, method: &str) -> Result<(), CallError> {
        if self.crash.has_crashed() {
            return Err(CallError::Crashed {
                method: method.to_owned(),
            });
        }
        Ok(())
    }

    /// The value of an expression, decoded straight from the answer.
    async fn value<T: DeserializeOwned>(&self, expression: &str) -> Result<T, EvaluateError> {
        self.alive(EVALUATE)?;
        value_of(&self.call(EVALUATE, evaluate(expression)).await?)
    }

    /// As [`value`](Self::value), for expressions that may rightly take longer than a call may: the caller bounds them.
    async fn value_unbounded<T: DeserializeOwned>(
        &self,
        expression: &str,
    ) -> Result<T, EvaluateError> {
        self.alive(EVALUATE)?;
        let session = Some(self.session.as_str());
        let asked = self
            .connection
            .call_unbounded(session, EVALUATE, evaluate(expression));
        value_of(&asked.await?)
    }

    /// Goes and waits, without a bound; tells `arrival` what is still missing.
    async fn arrive(
        &self,
        navigation: &Navigation,
        arrival: &mut Arrival,
    ) -> Result<(), NavigateError> {
        let navigate = Navigate {
            url: navigation.url.to_string(),
            referrer: None,
            transition_Type: None,
            frame_id: None,
            referrer_policy: None,
        };
        // The browser answers only once the document begins to arrive, so the caller's bound is the right one.
        let went = self
            .connection
            .call_unbounded(Some(&self.session), NAVIGATE, navigate);
        if let Err(error) = arrival.start(went).await {
            return Err(self.explain(error).await);
        }
        arrival.ready(&navigation.wait_until).await?;
        let watch = match &navigation.wait_until {
            WaitUntil::Selector(selector) => Some((
                appears(selector),
                format!("an element that matches {selector}"),
            )),
            WaitUntil::DomStable { rest } => {
                Some((rests(*rest), format!("no change for {rest:?}")))
            }
            _ => None,
        };
        if let Some((expression, waiting_for)) = watch {
            arrival.waiting_for.clone_from(&waiting_for);
            loop {
                let watch = self.watch(&expression, &navigation.wait_until);
                let (kept, moved) = arrival.meanwhile(watch).await?;
                if kept {
                    break;
                }
                // The page moved on while it was watched: it is watched anew where it is then.
                if !moved {
                    arrival.next_event().await?;
                }
                arrival.ready(&navigation.wait_until).await?;
                arrival.waiting_for.clone_from(&waiting_for);
            }
        }
        // Its scripts may have moved it to where it may not be.
        match self.refusals.take() {
            Some(refused) => Err(refused.into()),
            None => Ok(()),
        }
    }

    /// Waits until the promise of `expression` is kept; false when the page moved on meanwhile.
    async fn watch(&self, expression: &str, wait: &WaitUntil) -> Result<bool, NavigateError> {
        match self.value_unbounded::<bool>(expression).await {
            Ok(kept) => Ok(kept),
            // Chrome refuses to go on in a document that is gone.
            Err(EvaluateError::Call(CallError::Refused { .. })) => Ok(false),
            Err(EvaluateError::Call(error)) => Err(error.into()),
            Err(error) => {
                let text = match error {
                    EvaluateError::Exception { text, .. } => text,
                    error => error.to_string(),
                };
                Err(match wait {
                    WaitUntil::Selector(selector) => NavigateError::Selector {
                        selector: selector.clone(),
                        text,
                    },
                    _ => NavigateError::Watch { text },
                })
            }
        }
    }

    /// What the browser says of a document that does not come is not all there is to know.
    async fn explain(&self, error: NavigateError) -> NavigateError {
        let NavigateError::Network { fault, .. } = error else {
            return error;
        };
        // A request that our guard refused fails like any other.
        if let Some(refused) = self.refusals.take() {
            return refused.into();
        }
        if fault != NetworkFault::Other {
            return error;
        }
        // A page that ends aborts what it loads before anybody hears of its end. One that still answers did it for another reason.
        match self.call("Page.getNavigationHistory", json!({})).await {
            Err(
                gone @ (CallError::Closed { .. }
                | CallError::PageClosed { .. }
                | CallError::Crashed { .. }),
            ) => gone.into(),
            _ => error,
        }
    }
}

impl From<Refused> for NavigateError {
    fn from(Refused { url, refusal, .. }: Refused) -> Self {
        Self::Refused {
            url,
            code: refusal.code,
            reason: refusal.reason,
        }
    }
}

#[async_trait]
impl Page for ChromePage {
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError> {
        decode(method, &self.call(method, params).await?)
    }

    fn events(&self, methods: &[&str]) -> EventStream {
        events::untyped(self.connection.subscribe(Some(&self.session), methods))
    }

    async fn navigate(&self, navigation: &Navigation) -> Result<Visit, NavigateError> {
        self.refusals.forget();
        let mut arrival = Arrival::expect(
            &self.connection,
            &self.session,
            &self.target,
            &navigation.wait_until,
        );
        let limit = navigation.timeout;
        match timeout(limit, self.arrive(navigation, &mut arrival)).await {
            Ok(Ok(())) => Ok(arrival.visit(&navigation.url)),
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => {
                self.connection
                    .send(Some(&self.session), &PageDomain::StopLoading(None));
                Err(NavigateError::Timeout {
                    limit,
                    waiting_for: arrival.waiting_for,
                })
            }
        }
    }

    async fn evaluate_json(&self, expression: &str) -> Result<Value, EvaluateError> {
        self.value(expression).await
    }

    async fn content(&self) -> Result<Content, EvaluateError> {
        let limit = Content::MAX_LENGTH;
        // All in one call, so that they belong together.
        let (url, length, html): (String, u64, Option<String>) =
            self.value(&text_within(limit)).await?;
        let html = html.ok_or(EvaluateError::TooLarge { length, limit })?;
        let url = Url::parse(&url).map_err(|error| CallError::Decode {
            method: EVALUATE.to_owned(),
            detail: format!("{url}: {error}"),
        })?;
        Ok(Content { url, html })
    }

    async fn changed_since(&self, seen: &Content, rest: Duration) -> Result<(), EvaluateError> {
        let watch = changes(seen, rest);
        self.value_unbounded::<bool>(&watch).await.map(drop)
    }

    async fn check_responsive(&self, within: Duration) -> Result<(), HealthError> {
        // The caller's bound is the right one, be it longer or shorter than that of a call.
        match timeout(within, self.value_unbounded::<IgnoredAny>("1")).await {
            Ok(Ok(_answer)) => Ok(()),
            Ok(Err(EvaluateError::Call(error))) => Err(match error {
                CallError::Crashed { .. } => HealthError::Crashed,
                CallError::PageClosed { .. } => HealthError::Closed,
                CallError::Closed { reason } => HealthError::BrowserClosed { reason },
                other => HealthError::Unreadable {
                    detail: other.to_string(),
                },
            }),
            // That its scripts throw at everything does not keep it from answering.
            Ok(Err(_exception)) => Ok(()),
            Err(_elapsed) => Err(HealthError::Unresponsive { within }),
        }
    }

    async fn screenshot(&self, options: &ScreenshotOptions) -> Result<Vec<u8>, CaptureError> {
        self.picture(options).await
    }

    async fn pdf(&self, options: &PdfOptions) -> Result<Vec<u8>, CaptureError> {
        self.print(options).await
    }

    async fn cookies(&self) -> Result<Vec<Cookie>, CallError> {
        cookies::all(&self.connection, &self.context).await
    }

    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError> {
        cookies::set(&self.connection, &self.context, cookies).await
    }

    async fn clear_cookies(&self) -> Result<(), CallError> {
        cookies::clear(&self.connection, &self.context).await
    }

    async fn scroll_until_stable(
        &self,
        options: &ScrollOptions,
    ) -> Result<Scrolled, EvaluateError> {
        self.scroll(options).await
    }

    async fn click(&self, selector: &str) -> Result<(), ClickError> {
        self.press(selector).await
    }

    async fn close(&self) -> Result<(), CallError> {
        let ending = {
            let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
            home.take()
                .map(|home| self.closing.track_future(home.end()))
        };
        if let Some(ending) = ending {
            return to_its_end(&self.tasks, ending).await;
        }
        // Somebody else is closing it already.
        self.closing.close();
        self.closing.wait().await;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
