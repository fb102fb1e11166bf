//! The fuzzer: libFuzzer over the decoder that `FUZZ_TARGET` names. See `make fuzz`.
#![no_main]

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::abort;
use std::sync::{Mutex, OnceLock, PoisonError};

use doorstep_fuzz::TARGETS;

static DECODER: OnceLock<fn(&[u8])> = OnceLock::new();
/// What the last panic said: one that a decoder contains is no crash, and says nothing.
static PANIC: Mutex<String> = Mutex::new(String::new());

libfuzzer_sys::fuzz_target!(init: begin(), |data: &[u8]| run(data));

fn begin() {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some((_, decoder)) = TARGETS.iter().find(|(known, _)| *known == name) else {
        fail(&format!("FUZZ_TARGET names no decoder: {name:?}"));
    };
    let _ = DECODER.set(*decoder);
    // libFuzzer's own hook ends the program at any panic.
    panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = format!("{panic}\n{backtrace}");
    }));
}

fn run(data: &[u8]) {
    let Some(decoder) = DECODER.get() else { return };
    if catch_unwind(AssertUnwindSafe(|| decoder(data))).is_err() {
        fail(&PANIC.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[allow(clippy::print_stderr)]
fn fail(words: &str) -> ! {
    eprintln!("{words}");
    abort()
}
