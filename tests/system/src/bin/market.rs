//! Serves the fixture market until its parent is gone.
//!
//! The first and only line on stdout is the address, `127.0.0.1:PORT`. It ends when stdin ends, which happens even
//! when the parent is killed, and on SIGTERM or SIGINT.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Parser;
use system::market::{KeepAlive, Market};
use tokio::signal::unix::{SignalKind, signal};

/// Serves a job board on loopback for tests and demonstrations.
#[derive(Debug, Parser)]
struct Args {
    /// Port of 127.0.0.1 to serve on; 0 lets the system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Ignore stdin and end on SIGTERM or SIGINT only.
    #[arg(long)]
    no_stdin: bool,
    /// Close every connection after one answer.
    #[arg(long)]
    no_keep_alive: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Runtime::new().context("could not start the runtime")?;
    let served = runtime.block_on(serve(&args));
    // A read of stdin blocks a thread of the runtime and cannot be called off: do not wait for it.
    runtime.shutdown_background();
    served
}

async fn serve(args: &Args) -> anyhow::Result<()> {
    // Handlers first: whoever has read the address may signal at once.
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    let keep_alive = if args.no_keep_alive {
        KeepAlive::Off
    } else {
        KeepAlive::On
    };
    let market = Market::start_on(args.port, keep_alive)
        .await
        .with_context(|| format!("could not listen on 127.0.0.1:{}", args.port))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", market.addr())
        .and_then(|()| stdout.flush())
        .context("could not print the address")?;
    tokio::select! {
        () = stdin_ends(), if !args.no_stdin => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    market.shutdown().await;
    Ok(())
}

async fn stdin_ends() {
    // A stdin that cannot be read tells no more of the parent than one that has ended.
    let _ended = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}
