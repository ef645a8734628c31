//! Pictures and prints of a page.

/// What a screenshot shows, and how it is written. Drawing it takes one command, and at most the call timeout.
///
/// | field | default |
/// | --- | --- |
/// | `format` | [`ImageFormat::Png`] |
/// | `area` | [`Area::Viewport`] |
/// | `max_bytes` | 32 MiB |
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenshotOptions {
    /// How it is written.
    pub format: ImageFormat,
    /// What it shows. More than 48 million device pixels are refused before they are drawn.
    pub area: Area,
    /// The most bytes it may have.
    pub max_bytes: usize,
}

impl Default for ScreenshotOptions {
    fn default() -> Self {
        Self {
            format: ImageFormat::Png,
            area: Area::Viewport,
            max_bytes: MAX_BYTES,
        }
    }
}

const MAX_BYTES: usize = 32 << 20;

/// How a screenshot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFormat {
    /// PNG, without loss.
    Png,
    /// JPEG.
    Jpeg {
        /// From 0 to 100.
        quality: u8,
    },
    /// WebP.
    Webp {
        /// From 0 to 100.
        quality: u8,
    },
}

/// What a screenshot shows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Area {
    /// What can be seen.
    Viewport,
    /// The page from end to end.
    FullPage,
    /// A part of the page, whether it can be seen or not.
    Clip(Rect),
    /// The first element that matches this CSS selector, whether it can be seen or not.
    Element(String),
}

/// A part of a page, in CSS pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// From the left edge of the page.
    pub x: f64,
    /// From the upper edge of the page.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

/// How a page is printed. Lengths are in inches. Printing takes one command, and at most the call timeout; so does reading
/// each 512 KiB of it.
///
/// | field | default |
/// | --- | --- |
/// | `landscape` | false |
/// | `background` | false |
/// | `scale` | 1 |
/// | `paper` | 8.27 by 11.69, which is A4 |
/// | `margin` | 0.4 on each side |
/// | `pages` | all |
/// | `prefer_css_size` | false |
/// | `max_bytes` | 32 MiB |
#[derive(Debug, Clone, PartialEq)]
pub struct PdfOptions {
    /// Whether the paper lies on its long side.
    pub landscape: bool,
    /// Whether backgrounds are printed.
    pub background: bool,
    /// How much larger than life it is, from 0.1 to 2.
    pub scale: f64,
    /// The width and the height of the paper.
    pub paper: (f64, f64),
    /// The margin on each side.
    pub margin: f64,
    /// Which pages, such as `1-3, 7`; none for all.
    pub pages: Option<String>,
    /// Whether a size of paper that the page itself asks for goes before `paper`.
    pub prefer_css_size: bool,
    /// The most bytes it may have. No more of a longer one is read.
    pub max_bytes: usize,
}

impl Default for PdfOptions {
    fn default() -> Self {
        Self {
            landscape: false,
            background: false,
            scale: 1.0,
            paper: (8.27, 11.69),
            margin: 0.4,
            pages: None,
            prefer_css_size: false,
            max_bytes: MAX_BYTES,
        }
    }
}
