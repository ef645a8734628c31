//! Leaks on purpose: what the censuses must find.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use clap::ValueEnum;

/// A kind of leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// A descriptor.
    Fd,
    /// A thread.
    Thread,
    /// A child process.
    Process,
    /// A file in the temporary directory.
    Temp,
}

/// What was planted; dropping it, after the last census, takes it all back.
#[derive(Debug, Default)]
pub(super) struct Planted {
    files: Vec<File>,
    threads: Vec<(mpsc::Sender<()>, JoinHandle<()>)>,
    children: Vec<Child>,
}

impl Planted {
    /// Leaks one more.
    pub(super) fn leak(&mut self, plant: Plant, temp: &Path, number: usize) -> io::Result<()> {
        match plant {
            Plant::Fd => self.files.push(File::open("/dev/null")?),
            Plant::Thread => {
                let (stop, stopped) = mpsc::channel();
                let wait = move || {
                    // An error means that the sender is gone: time to end.
                    let _ = stopped.recv();
                };
                let thread = thread::Builder::new().name("planted".into()).spawn(wait)?;
                self.threads.push((stop, thread));
            }
            Plant::Process => {
                let sleep = Command::new("sleep")
                    .arg("3600")
                    .stdin(Stdio::null())
                    .spawn()?;
                self.children.push(sleep);
            }
            Plant::Temp => fs::write(temp.join(format!("planted-{number}")), "")?,
        }
        Ok(())
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        for (stop, thread) in self.threads.drain(..) {
            drop(stop);
            let _ = thread.join();
        }
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
