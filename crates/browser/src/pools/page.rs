//! A page of the pool, which learns from the errors that pass through it.

use std::{
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;

use super::share::{Place, Share};
use crate::{
    CallError, CaptureError, ClickError, Content, Cookie, EvaluateError, EventStream, HealthError,
    NavigateError, Navigation, Page, PdfOptions, ScreenshotOptions, ScrollOptions, Scrolled, Visit,
};

/// A page of the pool: where it lives, what it is warm for, and what is known against it.
pub(crate) struct PooledPage {
    // The page goes before its place, so that a browser never holds more pages than it counts.
    page: Option<Box<dyn Page>>,
    site: Option<String>,
    condition: Condition,
    place: Place,
}

/// What is known against a page.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    /// The worst [`Symptom`] so far.
    worst: AtomicU8,
    /// Whether anything went well since it was lent.
    worked: AtomicBool,
}

/// What an answer of a page says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symptom {
    /// Nothing.
    None,
    /// It may be busy with what was given up.
    Doubt,
    /// It crashed or hangs.
    Fault,
}

impl PooledPage {
    /// A place for a page that is yet to be opened.
    pub(crate) fn at(place: Place) -> Self {
        Self {
            page: None,
            site: None,
            condition: Condition::default(),
            place,
        }
    }

    pub(crate) fn share(&self) -> &Share {
        self.place.share()
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn is_opened(&self) -> bool {
        self.page.is_some()
    }

    /// Whether it was opened and is warm for `site`.
    pub(crate) fn is_warm_for(&self, site: &str) -> bool {
        self.page.is_some() && self.site.as_deref() == Some(site)
    }

    pub(crate) fn opened(&mut self, page: Box<dyn Page>, site: String) {
        self.page = Some(page);
        self.site = Some(site);
        self.condition = Condition::default();
    }

    pub(crate) fn take(&mut self) -> Option<Box<dyn Page>> {
        self.page.take()
    }

    /// It begins another lease, and is well.
    pub(crate) fn renew(&mut self) {
        self.condition = Condition::default();
    }

    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    pub(crate) fn page(&self) -> &dyn Page {
        &**self
            .page
            .as_ref()
            .expect("a page is opened before it is lent")
    }

    /// Does something with the page. Whoever gives up half-way leaves a doubt.
    async fn watch<T, E: Telling>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut doubt = Doubt {
            condition: &self.condition,
            settled: false,
        };
        let result = work.await;
        doubt.settled = true;
        self.condition.note(&result);
        result
    }
}

impl Condition {
    fn note<T, E: Telling>(&self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.worked.store(true, Ordering::Release),
            Err(error) => self.suffers(error.symptom()),
        }
    }

    fn suffers(&self, symptom: Symptom) {
        self.worst.fetch_max(symptom as u8, Ordering::AcqRel);
    }

    pub(crate) fn is_faulty(&self) -> bool {
        self.worst.load(Ordering::Acquire) >= Symptom::Fault as u8
    }

    /// Whether it has to show that it is well before it is lent again.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.worst.load(Ordering::Acquire) >= Symptom::Doubt as u8
    }

    /// How its lease went: well, ill, or nothing was done.
    pub(crate) fn failed(&self) -> Option<bool> {
        match self.is_faulty() {
            true => Some(true),
            false => self.worked.load(Ordering::Acquire).then_some(false),
        }
    }
}

/// Something that a caller may give up half-way.
struct Doubt<'a> {
    condition: &'a Condition,
    settled: bool,
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.condition.suffers(Symptom::Doubt);
        }
    }
}

/// An error that may tell of the page's condition.
trait Telling {
    fn symptom(&self) -> Symptom;
}

impl Telling for CallError {
    fn symptom(&self) -> Symptom {
        match self {
            Self::Crashed { .. }
            | Self::Timeout { .. }
            | Self::Closed { .. }
            | Self::PageClosed { .. }
            | Self::ContextClosed
            | Self::ContextClearing => Symptom::Fault,
            Self::Lagged { .. } => Symptom::Doubt,
            Self::Refused { .. } | Self::Decode { .. } => Symptom::None,
        }
    }
}

impl Telling for EvaluateError {
    fn symptom(&self) -> Symptom {
        match self {
            Self::Exception { .. } | Self::TooLarge { .. } => Symptom::None,
            Self::Call(error) => error.symptom(),
        }
    }
}

impl Telling for NavigateError {
    fn symptom(&self) -> Symptom {
        match self {
            Self::Crashed => Symptom::Fault,
            Self::Call(error) => error.symptom(),
            // The site may be slow, or a script of it does not end.
            Self::Timeout { .. } => Symptom::Doubt,
            _ => Symptom::None,
        }
    }
}

impl Telling for HealthError {
    fn symptom(&self) -> Symptom {
        Symptom::Fault
    }
}

impl Telling for CaptureError {
    fn symptom(&self) -> Symptom {
        match self {
            Self::Measure(error) => error.symptom(),
            Self::Call(error) => error.symptom(),
            Self::TooLarge { .. } | Self::Empty { .. } => Symptom::None,
        }
    }
}

impl Telling for ClickError {
    fn symptom(&self) -> Symptom {
        match self {
            Self::Look { source, .. } => source.symptom(),
            Self::Call(error) => error.symptom(),
            Self::NoMatch { .. } | Self::Hidden { .. } | Self::Covered { .. } => Symptom::None,
        }
    }
}

#[async_trait]
impl Page for PooledPage {
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.watch(self.page().execute(method, params)).await
    }

    fn events(&self, methods: &[&str]) -> EventStream {
        self.page().events(methods)
    }

    async fn navigate(&self, navigation: &Navigation) -> Result<Visit, NavigateError> {
        self.watch(self.page().navigate(navigation)).await
    }

    async fn evaluate_json(&self, expression: &str) -> Result<Value, EvaluateError> {
        self.watch(self.page().evaluate_json(expression)).await
    }

    async fn content(&self) -> Result<Content, EvaluateError> {
        self.watch(self.page().content()).await
    }

    async fn changed_since(&self, seen: &Content, rest: Duration) -> Result<(), EvaluateError> {
        // It is there to be given up: that raises no doubt.
        let result = self.page().changed_since(seen, rest).await;
        self.condition.note(&result);
        result
    }

    async fn check_responsive(&self, within: Duration) -> Result<(), HealthError> {
        self.watch(self.page().check_responsive(within)).await
    }

    async fn screenshot(&self, options: &ScreenshotOptions) -> Result<Vec<u8>, CaptureError> {
        self.watch(self.page().screenshot(options)).await
    }

    async fn pdf(&self, options: &PdfOptions) -> Result<Vec<u8>, CaptureError> {
        self.watch(self.page().pdf(options)).await
    }

    async fn cookies(&self) -> Result<Vec<Cookie>, CallError> {
        self.watch(self.page().cookies()).await
    }

    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError> {
        self.watch(self.page().set_cookies(cookies)).await
    }

    async fn clear_cookies(&self) -> Result<(), CallError> {
        self.watch(self.page().clear_cookies()).await
    }

    async fn scroll_until_stable(
        &self,
        options: &ScrollOptions,
    ) -> Result<Scrolled, EvaluateError> {
        self.watch(self.page().scroll_until_stable(options)).await
    }

    async fn click(&self, selector: &str) -> Result<(), ClickError> {
        self.watch(self.page().click(selector)).await
    }

    async fn close(&self) -> Result<(), CallError> {
        // There is nothing left to lend.
        self.condition.suffers(Symptom::Fault);
        self.page().close().await
    }
}
