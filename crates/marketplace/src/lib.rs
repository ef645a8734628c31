#![doc = include_str!("../README.md")]

mod identity;
mod record;
mod robots;
mod score;
mod sitemap;

pub use identity::{UrlError, canonical_url};
pub use record::{Category, Marketplace};
pub use robots::Robots;
pub use score::{MAX_SCORE, rescore, score};
pub use sitemap::{
    Sitemap, SitemapContent, SitemapEntry, SitemapError, SitemapFault, SitemapFaultKind,
    SitemapLimits,
};
