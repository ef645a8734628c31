//! Temporary.
#![allow(clippy::print_stdout, reason = "temporary")]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let url = url::Url::parse(&args[3]).unwrap();
    let bytes = std::fs::read(&args[4]).unwrap();
    let html = String::from_utf8_lossy(&bytes);
    let e = extract::extract(&extract::Page {
        url: &url,
        html: &html,
        now: jiff::Timestamp::now(),
    });
    println!("{}", serde_json::to_string(&e).unwrap());
}
