//! Pictures and prints.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::ChromePage;
use crate::{
    Area, CallError, CaptureError, ImageFormat, PdfOptions, Rect, ScreenshotOptions,
    chrome::making::make, connection::Connection, decode::decode,
};

/// The most pixels of a picture. Each takes up to four bytes, and Base64 makes them a third more: that stays below the 256 MiB of
/// a message, of which a longer one would end the connection.
const MAX_PIXELS: f64 = 48e6;

/// How much of a print is read at once. Base64 makes it a third larger on its way.
const CHUNK: usize = 512 << 10;

const PICTURE: &str = "Page.captureScreenshot";
const PRINT: &str = "Page.printToPDF";
const READ: &str = "IO.read";

#[derive(Deserialize)]
struct Picture {
    data: String,
}

#[derive(Deserialize)]
struct Print {
    stream: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    data: String,
    eof: bool,
    #[serde(default)]
    base64_encoded: bool,
}

impl ChromePage {
    pub(super) async fn picture(
        &self,
        options: &ScreenshotOptions,
    ) -> Result<Vec<u8>, CaptureError> {
        let (rect, scale) = self.measure(&options.area).await?;
        // What a page says of its scale may be a lie, which makes no picture larger than its own area.
        let scale = scale.max(1.0);
        let pixels = rect.width * rect.height * scale * scale;
        if pixels > MAX_PIXELS {
            return Err(CaptureError::TooLarge {
                actual: whole(pixels),
                limit: whole(MAX_PIXELS),
                unit: "pixels",
            });
        }
        if rect.width < 1.0 || rect.height < 1.0 {
            return Err(CaptureError::Empty {
                area: match &options.area {
                    Area::Element(selector) => selector.clone(),
                    area => format!("{area:?}"),
                },
            });
        }
        let params = params(options, rect);
        let raw = self.call(PICTURE, params).await?;
        let Picture { data } = decode(PICTURE, &raw)?;
        // Base64 says the size before it is decoded.
        bounded(data.len() / 4 * 3, options.max_bytes)?;
        Ok(bytes(PICTURE, &data)?)
    }

    /// Where the area is, in CSS pixels of the page, and how many device pixels each has.
    async fn measure(&self, area: &Area) -> Result<(Rect, f64), CaptureError> {
        let find = match area {
            Area::Clip(_) => "null".to_owned(),
            Area::Viewport => {
                "[scrollX, scrollY, innerWidth, innerHeight]".to_owned()
            }
            Area::FullPage => "(() => { const root = document.documentElement, body = document.body; \
                const most = side => Math.max(root ? root['scroll' + side] : 0, body ? body['scroll' + side] : 0); \
                return [0, 0, most('Width'), most('Height')] })()"
                .to_owned(),
            Area::Element(selector) => format!(
                "(() => {{ const found = document.querySelector({}); if (!found) return [0, 0, 0, 0]; \
                 const rect = found.getBoundingClientRect(); \
                 return [rect.x + scrollX, rect.y + scrollY, rect.width, rect.height] }})()",
                Value::from(selector.as_str())
            ),
        };
        let measured = self.value(&format!("[devicePixelRatio, {find}]")).await;
        let (scale, rect): (f64, Option<[f64; 4]>) = measured.map_err(CaptureError::Measure)?;
        let rect = match (area, rect) {
            (Area::Clip(rect), _) => *rect,
            (_, rect) => {
                let [x, y, width, height] = rect.unwrap_or_default();
                Rect {
                    x,
                    y,
                    width,
                    height,
                }
            }
        };
        Ok((rect, scale))
    }

    pub(super) async fn print(&self, options: &PdfOptions) -> Result<Vec<u8>, CaptureError> {
        let params = json!({
            "landscape": options.landscape,
            "printBackground": options.background,
            "scale": options.scale,
            "paperWidth": options.paper.0,
            "paperHeight": options.paper.1,
            "marginTop": options.margin,
            "marginBottom": options.margin,
            "marginLeft": options.margin,
            "marginRight": options.margin,
            "pageRanges": options.pages.as_deref().unwrap_or_default(),
            "preferCSSPageSize": options.prefer_css_size,
            "transferMode": "ReturnAsStream",
        });
        let (connection, session) = (self.connection.guest(), self.session.clone());
        let made = move |answer: &RawValue| {
            let Print { stream } = decode(PRINT, answer)?;
            Ok(Stream {
                connection,
                session,
                stream,
            })
        };
        let session = Some(self.session.as_str());
        // A print that nobody waits for any more would stay in the browser.
        let stream = make(&self.connection, &self.tasks, session, PRINT, params, made).await?;
        let mut file = Vec::new();
        loop {
            let params = json!({ "handle": stream.stream, "size": CHUNK });
            let raw = self.call(READ, params).await?;
            let chunk: Chunk = decode(READ, &raw)?;
            if chunk.base64_encoded {
                file.append(&mut bytes(READ, &chunk.data)?);
            } else {
                file.extend_from_slice(chunk.data.as_bytes());
            }
            bounded(file.len(), options.max_bytes)?;
            if chunk.eof {
                return Ok(file);
            }
        }
    }
}

/// A file that the browser keeps for us until this is dropped.
struct Stream {
    connection: Connection,
    session: String,
    stream: String,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let params = json!({ "handle": self.stream });
        self.connection
            .tell(Some(&self.session), "IO.close", params);
    }
}

fn params(options: &ScreenshotOptions, rect: Rect) -> Value {
    let (format, quality) = match options.format {
        ImageFormat::Png => ("png", None),
        ImageFormat::Jpeg { quality } => ("jpeg", Some(quality)),
        ImageFormat::Webp { quality } => ("webp", Some(quality)),
    };
    let mut params = json!({ "format": format });
    if let Some(quality) = quality {
        params["quality"] = quality.min(100).into();
    }
    if options.area != Area::Viewport {
        params["captureBeyondViewport"] = true.into();
        params["clip"] = json!({
            "x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height, "scale": 1,
        });
    }
    params
}

fn bounded(actual: usize, limit: usize) -> Result<(), CaptureError> {
    if actual <= limit {
        return Ok(());
    }
    Err(CaptureError::TooLarge {
        actual: actual as u64,
        limit: limit as u64,
        unit: "bytes",
    })
}

fn bytes(method: &str, data: &str) -> Result<Vec<u8>, CallError> {
    BASE64_STANDARD
        .decode(data)
        .map_err(|error| CallError::Decode {
            method: method.to_owned(),
            detail: error.to_string(),
        })
}

/// For a message only: what is out of range is cut.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_more_than_the_viewport_is_clipped() {
        let rect = Rect {
            x: 1.0,
            y: 2.0,
            width: 3.0,
            height: 4.0,
        };
        let mut options = ScreenshotOptions::default();
        assert_eq!(params(&options, rect), json!({ "format": "png" }));
        options.format = ImageFormat::Jpeg { quality: 200 };
        options.area = Area::FullPage;
        let params = params(&options, rect);
        assert_eq!(
            (&params["format"], &params["quality"]),
            (&json!("jpeg"), &json!(100))
        );
        assert_eq!(params["clip"]["height"], 4.0);
    }

    #[test]
    fn a_file_may_be_as_large_as_its_bound_and_no_larger() {
        assert!(bounded(7, 7).is_ok());
        let error = bounded(8, 7).unwrap_err().to_string();
        assert!(
            error.starts_with("it has 8 bytes, and 7 are allowed"),
            "{error}"
        );
    }
}
