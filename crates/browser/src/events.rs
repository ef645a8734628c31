//! What happens in a browser or on a page, as it is told.

use std::pin::Pin;

use futures_util::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    connection::{Events, Lagged},
    decode::decode,
};

/// Events in their order, from the moment of the subscription until the page or the browser ends; its drop ends the
/// subscription.
///
/// At most 1024 of them, or 64 MiB, wait to be read. What does not fit is lost, and an item says how much, at the place where it is
/// missing: [`EventError::Lagged`]. The stream goes on after it.
pub type EventStream<E = Event> = Pin<Box<dyn Stream<Item = Result<E, EventError>> + Send>>;

/// An event of the DevTools protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name, such as `Network.responseReceived`.
    pub method: String,
    /// What it tells.
    pub params: Value,
}

/// Why there is no event at this place of an [`EventStream`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Events came faster than they were read.
    #[error("{missed} events were lost: they came faster than they were read")]
    Lagged {
        /// How many are missing.
        missed: u64,
    },
    /// An event is not of the shape that its type asks for.
    #[error("the event {method} could not be read: {detail}")]
    Decode {
        /// The event.
        method: String,
        /// What does not fit.
        detail: String,
    },
}

pub(crate) fn untyped(events: Events) -> EventStream {
    Box::pin(stream::unfold(events, |mut events| async move {
        let item = match events.next().await? {
            Ok(event) => decode(&event.method, &event.params)
                .map_err(|error| EventError::Decode {
                    method: event.method.to_string(),
                    detail: error.to_string(),
                })
                .map(|params| Event {
                    method: event.method.to_string(),
                    params,
                }),
            Err(Lagged { missed }) => Err(EventError::Lagged { missed }),
        };
        Some((item, events))
    }))
}

pub(crate) fn typed<E: DeserializeOwned + 'static>(events: EventStream) -> EventStream<E> {
    let read = |Event { method, params }| {
        // The types of headless_chrome are those of the whole message.
        serde_json::from_value(json!({ "method": method, "params": params })).map_err(|error| {
            EventError::Decode {
                method,
                detail: error.to_string(),
            }
        })
    };
    Box::pin(events.map(move |event| event.and_then(read)))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use headless_chrome::protocol::cdp::{Inspector, Network};

    use super::*;
    use crate::{MockPage, PageExt};

    /// A page on which these events happen.
    fn page(events: Vec<Result<Event, EventError>>) -> MockPage {
        let mut page = MockPage::new();
        page.expect_events()
            .return_once(move |_methods| Box::pin(stream::iter(events)));
        page
    }

    fn event(method: &str, params: Value) -> Result<Event, EventError> {
        let method = method.to_owned();
        Ok(Event { method, params })
    }

    #[test]
    fn what_is_lost_or_of_another_shape_is_told_and_the_stream_goes_on() {
        let method = "Network.loadingFinished";
        let finished = json!({ "requestId": "7", "timestamp": 1.0, "encodedDataLength": 2.0 });
        let page = page(vec![
            event(method, json!({ "of": "another kind" })),
            Err(EventError::Lagged { missed: 3 }),
            event(method, finished),
        ]);
        let read = page.events_of::<Network::events::LoadingFinishedEvent>(method);
        let read = read.collect::<Vec<_>>().now_or_never().unwrap();
        assert!(matches!(&read[0], Err(EventError::Decode { method: of, .. }) if of == method));
        assert_eq!(read[1], Err(EventError::Lagged { missed: 3 }));
        assert_eq!(read[2].as_ref().unwrap().params.request_id, "7");
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn an_event_that_tells_nothing_has_a_type_as_well() {
        let method = "Inspector.targetCrashed";
        let page = page(vec![event(method, json!({}))]);
        let read = page.events_of::<Inspector::events::TargetCrashedEvent>(method);
        let read = read.collect::<Vec<_>>().now_or_never().unwrap();
        assert!(read[0].is_ok());
    }
}
