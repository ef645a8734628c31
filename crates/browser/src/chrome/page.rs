//! A page of a running Chrome.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use headless_chrome::protocol::cdp::{
    Fetch, Network,
    Page::{self as PageDomain, Navigate, SetLifecycleEventsEnabled},
    Target::{AttachToTarget, CreateTarget},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{
    context::Context,
    keeper::{Keeper, Refusals, Refused},
};
use crate::{
    CallError, Content, EvaluateError, NavigateError, Navigation, Page, PageOptions, Visit,
    WaitUntil, connection::Connection, decode::decode,
};

mod arrival;
mod evaluation;
mod journey;

use arrival::Arrival;
use evaluation::{EVALUATE, TEXT, appears, changes, evaluate, rests, value_of};

/// A page of a running Chrome, alone in a context of its own.
#[derive(Debug)]
pub(crate) struct ChromePage {
    connection: Connection,
    session: String,
    /// The page's target, which is its main frame as well.
    target: String,
    /// Disposed of when the page is dropped or closed.
    context: Mutex<Option<Context>>,
    refusals: Refusals,
    tasks: TaskTracker,
    _keeper: DropGuard,
}

impl ChromePage {
    /// Opens a page in a new context.
    ///
    /// # Cancel safety
    /// Not cancel safe, see [`Context::create`]: callers run it in a task.
    pub(crate) async fn open(
        connection: Connection,
        options: PageOptions,
        tasks: &TaskTracker,
    ) -> Result<Self, CallError> {
        let context = Context::create(connection.clone()).await?;
        let target = connection
            .command(None, &new_target(&context))
            .await?
            .target_id;
        let attach = AttachToTarget {
            target_id: target.clone(),
            flatten: Some(true),
        };
        let session = connection.command(None, &attach).await?.session_id;
        let stop = CancellationToken::new();
        let refusals = Refusals::default();
        let guarded = options.guard.is_some();
        let keeper = Keeper {
            events: connection.subscribe(Some(&session), &Keeper::OF_PAGE),
            targets: connection.subscribe(None, &Keeper::OF_BROWSER),
            connection: connection.clone(),
            session: session.clone(),
            target: target.clone(),
            context: context.id().to_owned(),
            guard: options.guard,
            refusals: refusals.clone(),
        };
        tasks.spawn(stop.clone().run_until_cancelled_owned(keeper.serve()));
        let page = Self {
            connection,
            session,
            target,
            context: Mutex::new(Some(context)),
            refusals,
            tasks: tasks.clone(),
            _keeper: stop.drop_guard(),
        };
        page.enable(guarded).await?;
        Ok(page)
    }

    async fn enable(&self, guarded: bool) -> Result<(), CallError> {
        let session = Some(self.session.as_str());
        let page = PageDomain::Enable {
            enable_file_chooser_opened_event: None,
        };
        let lifecycle = SetLifecycleEventsEnabled { enabled: true };
        let network = Network::Enable {
            max_total_buffer_size: Some(0),
            max_resource_buffer_size: Some(0),
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        };
        tokio::try_join!(
            self.connection.command(session, &page),
            self.connection.command(session, &lifecycle),
            self.connection.command(session, &network),
        )?;
        if guarded {
            let documents = Fetch::RequestPattern {
                url_pattern: Some("*".to_owned()),
                resource_Type: Some(Network::ResourceType::Document),
                request_stage: Some(Fetch::RequestStage::Request),
            };
            let fetch = Fetch::Enable {
                patterns: Some(vec![documents]),
                handle_auth_requests: None,
            };
            self.connection.command(session, &fetch).await?;
        }
        Ok(())
    }

    /// The value of an expression, decoded straight from the answer.
    async fn value<T: DeserializeOwned>(&self, expression: &str) -> Result<T, EvaluateError> {
        let evaluate = evaluate(expression);
        let raw = self
            .connection
            .call(Some(&self.session), EVALUATE, evaluate)
            .await?;
        value_of(&raw)
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
        decode(
            method,
            &self
                .connection
                .call(Some(&self.session), method, params)
                .await?,
        )
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
        let watch = evaluate(&changes(seen, rest));
        let changed = self
            .connection
            .call_unbounded(Some(&self.session), EVALUATE, watch)
            .await?;
        value_of::<bool>(&changed).map(drop)
    }

    async fn close(&self) -> Result<(), CallError> {
        let context = self
            .context
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(context) = context else {
            return Ok(());
        };
        let closing = self.tasks.spawn(context.dispose());
        closing.await.unwrap_or_else(|ended| {
            Err(CallError::Closed {
                reason: format!("the page could not be closed: {ended}").into(),
            })
        })
    }
}

fn new_target(context: &Context) -> CreateTarget {
    CreateTarget {
        url: "about:blank".to_owned(),
        browser_context_id: Some(context.id().to_owned()),
        left: None,
        top: None,
        width: None,
        height: None,
        window_state: None,
        enable_begin_frame_control: None,
        new_window: None,
        background: None,
        for_tab: None,
        hidden: None,
    }
}
