//! A page of a running Chrome.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use headless_chrome::protocol::cdp::Page::{self as PageDomain, Navigate};
use headless_chrome::protocol::cdp::Target::AttachToTarget;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use tokio::time::timeout;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{
    context::{self, Home, to_its_end},
    keeper::Keeper,
    refusals::{Refusals, Refused},
    requests::Rules,
};
use crate::{
    CallError, CaptureError, ClickError, Content, Cookie, EvaluateError, HealthError,
    NavigateError, Navigation, Page, PageOptions, PdfOptions, ScreenshotOptions, ScrollOptions,
    Scrolled, Visit, WaitUntil, connection::Connection, decode::decode,
};

mod arrival;
mod capture;
mod evaluation;
mod journey;
mod pointer;
mod scrolling;
pub(super) mod setup;

use arrival::Arrival;
use evaluation::{EVALUATE, TEXT, appears, changes, evaluate, rests, value_of};
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
    /// Has a token of the closing that is under way.
    closing: TaskTracker,
    refusals: Refusals,
    crashed: Arc<AtomicBool>,
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
        let refusals = Refusals::default();
        let crashed = Arc::new(AtomicBool::new(false));
        let setup = Setup::of(&options);
        let events = connection.subscribe(Some(&session), &Keeper::EVENTS);
        let keeper = Arc::new(Keeper {
            connection: connection.clone(),
            rules: Rules::of(&options, refusals.clone()),
            setup: setup.followers,
            crashed: Arc::clone(&crashed),
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
            crashed,
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
        if self.crashed.load(Ordering::Acquire) {
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
            .call_unbounded(Some(&self.session), "Page.navigate", navigate);
        let started = arrival.start(went).await;
        started.map_err(|error| self.explain(error))?;
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
            while !self.watch(&expression, &navigation.wait_until).await? {
                // The page moved on while it was watched: it is watched anew where it is then.
                arrival.next_event().await?;
                arrival.ready(&navigation.wait_until).await?;
                arrival.waiting_for.clone_from(&waiting_for);
            }
        }
        // Its scripts may have moved it to where it may not be.
        match self.refusals.take(&self.target) {
            Some(refused) => Err(refused.into()),
            None => Ok(()),
        }
    }

    /// Waits until the promise of `expression` is kept; false when the page moved on meanwhile.
    async fn watch(&self, expression: &str, wait: &WaitUntil) -> Result<bool, NavigateError> {
        let kept = self
            .connection
            .call_unbounded(Some(&self.session), EVALUATE, evaluate(expression))
            .await;
        match kept
            .map_err(EvaluateError::from)
            .and_then(|raw| value_of::<bool>(&raw))
        {
            Ok(kept) => Ok(kept),
            // Chrome refuses to go on in a document that is gone.
            Err(EvaluateError::Call(CallError::Refused { .. })) => Ok(false),
            Err(EvaluateError::Call(error)) => Err(error.into()),
            Err(EvaluateError::Exception { text, .. }) => Err(match wait {
                WaitUntil::Selector(selector) => NavigateError::Selector {
                    selector: selector.clone(),
                    text,
                },
                _ => NavigateError::Watch { text },
            }),
        }
    }

    /// A request that our guard refused fails like any other; only we know why.
    fn explain(&self, error: NavigateError) -> NavigateError {
        match (error, self.refusals.take(&self.target)) {
            (NavigateError::Network { .. }, Some(refused)) => refused.into(),
            (error, _) => error,
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
        // Both in one call, so that they belong together.
        let (url, html): (String, String) = self.value(&format!("[location.href, {TEXT}]")).await?;
        let url = Url::parse(&url).map_err(|error| CallError::Decode {
            method: EVALUATE.to_owned(),
            detail: format!("{url}: {error}"),
        })?;
        Ok(Content { url, html })
    }

    async fn changed_since(&self, seen: &Content, rest: Duration) -> Result<(), EvaluateError> {
        self.alive(EVALUATE)?;
        let watch = evaluate(&changes(seen, rest));
        let changed = self
            .connection
            .call_unbounded(Some(&self.session), EVALUATE, watch)
            .await?;
        value_of::<bool>(&changed).map(drop)
    }

    async fn check_responsive(&self, within: Duration) -> Result<(), HealthError> {
        let asked = self.value::<u8>("1");
        match timeout(within, asked).await {
            Ok(Ok(_answer)) => Ok(()),
            // That its scripts throw at everything does not keep it from answering.
            Ok(Err(EvaluateError::Exception { .. })) => Ok(()),
            Ok(Err(EvaluateError::Call(error))) => Err(match error {
                CallError::Crashed { .. } => HealthError::Crashed,
                CallError::Timeout { .. } => HealthError::Unresponsive { within },
                CallError::Closed { reason } => HealthError::Closed { reason },
                // Without its window the browser knows nothing of it any more.
                other => HealthError::Closed {
                    reason: other.to_string().into(),
                },
            }),
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
        context::cookies(&self.connection, &self.context).await
    }

    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError> {
        context::set_cookies(&self.connection, &self.context, cookies).await
    }

    async fn clear_cookies(&self) -> Result<(), CallError> {
        context::clear_cookies(&self.connection, &self.context).await
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
        let (home, closing) = {
            let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
            (home.take(), self.closing.token())
        };
        if let Some(home) = home {
            let ending = async move {
                let ended = home.end().await;
                drop(closing);
                ended
            };
            return to_its_end(&self.tasks, ending).await;
        }
        drop(closing);
        // Somebody else is closing it already.
        self.closing.close();
        self.closing.wait().await;
        Ok(())
    }
}
