//! Clicks.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ChromePage;
use crate::{ClickError, EvaluateError};

const MOUSE: &str = "Input.dispatchMouseEvent";

/// Where an element can be clicked, or why it cannot.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Spot {
    At(f64, f64),
    Missing,
    Hidden,
    Covered(String),
}

impl ChromePage {
    pub(super) async fn press(&self, selector: &str) -> Result<(), ClickError> {
        let selector_owned = || selector.to_owned();
        let spot = self.value(&spot(selector)).await;
        let (x, y) = match spot {
            Ok(Spot::At(x, y)) => (x, y),
            Ok(Spot::Missing) => {
                return Err(ClickError::NoMatch {
                    selector: selector_owned(),
                });
            }
            Ok(Spot::Hidden) => {
                return Err(ClickError::Hidden {
                    selector: selector_owned(),
                });
            }
            Ok(Spot::Covered(by)) => {
                return Err(ClickError::Covered {
                    selector: selector_owned(),
                    by,
                });
            }
            Err(EvaluateError::Call(error)) => return Err(error.into()),
            Err(source) => {
                return Err(ClickError::Look {
                    selector: selector_owned(),
                    source,
                });
            }
        };
        let mouse = |kind: &str, button: &str, clicks: u8| {
            let params =
                json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": clicks });
            self.call(MOUSE, params)
        };
        // All three are on their way before the first is answered: nothing comes between them.
        tokio::try_join!(
            mouse("mouseMoved", "none", 0),
            mouse("mousePressed", "left", 1),
            mouse("mouseReleased", "left", 1),
        )?;
        Ok(())
    }
}

/// An expression whose value is a [`Spot`]. Elements in shadow trees are looked for within their own tree.
fn spot(selector: &str) -> String {
    let selector = Value::from(selector);
    format!(
        "(() => {{ const found = document.querySelector({selector}); if (!found) return 'missing'; \
         found.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }}); \
         const style = getComputedStyle(found); \
         const rect = [...found.getClientRects()].find(rect => rect.width > 0 && rect.height > 0); \
         if (!rect || style.visibility !== 'visible') return 'hidden'; \
         const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2; \
         const x = middle(rect.left, rect.right, innerWidth), y = middle(rect.top, rect.bottom, innerHeight); \
         if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return 'hidden'; \
         const hit = document.elementFromPoint(x, y); \
         if (hit && (hit === found || found.contains(hit) || hit.shadowRoot && hit.contains(found))) \
         return {{ at: [x, y] }}; \
         if (!hit || hit.contains(found) && style.pointerEvents === 'none') return 'hidden'; \
         return {{ covered: hit.cloneNode(false).outerHTML.slice(0, 200) }}; }})()"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_of_the_page_is_understood() {
        let read = |json: Value| serde_json::from_value::<Spot>(json).unwrap();
        assert!(matches!(read(json!({ "at": [1, 2.5] })), Spot::At(x, y) if x < y));
        assert!(matches!(read(json!("missing")), Spot::Missing));
        assert!(matches!(read(json!("hidden")), Spot::Hidden));
        assert!(matches!(read(json!({ "covered": "<p>" })), Spot::Covered(by) if by == "<p>"));
    }
}
