//! Any bytes on the pipe to the browser: framed, parsed, delivered and decoded.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| browser::fuzzing::protocol(bytes));
