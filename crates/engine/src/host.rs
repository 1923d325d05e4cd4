//! The child: loads the library and becomes ClickHouse until its standard input closes.
//!
//! The only place with unsafe code. The entry is the one behind `clickhouse local`: a statement opens the HTTP server,
//! and a second one reads standard input and so keeps the process until the parent closes the pipe or dies.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::process::ExitCode;
use std::time::Duration;

use libloading::Library;
use rustix::process::{Signal, getpid, getppid, kill_process};

/// The statements of the child: open the door, then wait for the end of standard input.
const KEEPER: &str = "SYSTEM START LISTEN HTTP; SELECT count() FROM file('-','TSV','x String') FORMAT Null";

/// The engine parses deeply nested statements on the stack of the calling thread.
const STACK_BYTES: usize = 16 << 20;

/// How long the engine may take to end after its parent has died.
const ORPHAN_GRACE: Duration = Duration::from_secs(5);

type SetSignalHandlers = unsafe extern "C" fn(c_int);
type QueryCmdline = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
type ResultError = unsafe extern "C" fn(*mut c_void) -> *const c_char;
type DestroyResult = unsafe extern "C" fn(*mut c_void);

/// Runs the engine until standard input closes. The arguments are those that [`crate::Engine`] gives:
/// `--library L --config C --path P --port N`.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let arguments: Vec<String> = arguments.into_iter().collect();
    // Rather this process than its parent when memory runs out; refused in some containers, and no matter.
    let _refused = std::fs::write("/proc/self/oom_score_adj", "500");
    watch_parent();
    let work = move || serve(&arguments);
    let thread = std::thread::Builder::new().name("engine".to_owned()).stack_size(STACK_BYTES).spawn(work);
    let outcome = match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_panic)) => Err("the engine's thread panicked".to_owned()),
        Err(cause) => Err(format!("cannot start a thread: {cause}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&reason);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the parent reads the standard error of this process into its log")]
fn say(text: &str) {
    eprintln!("engine host: {text}");
}

/// Ends this process when the parent has died and the engine does not end by itself.
fn watch_parent() {
    let parent = getppid();
    std::thread::spawn(move || {
        while getppid() == parent {
            std::thread::sleep(Duration::from_secs(1));
        }
        std::thread::sleep(ORPHAN_GRACE);
        let _ends_here = kill_process(getpid(), Signal::KILL);
    });
}

fn value<'a>(arguments: &'a [String], name: &str) -> Result<&'a str, String> {
    let mut pairs = arguments.windows(2).filter(|pair| pair[0] == name);
    pairs.next().map(|pair| pair[1].as_str()).ok_or_else(|| format!("argument {name} is missing"))
}

fn serve(arguments: &[String]) -> Result<(), String> {
    let command_line = [
        "clickhouse".to_owned(),
        format!("--config-file={}", value(arguments, "--config")?),
        format!("--path={}", value(arguments, "--path")?),
        format!("--http_port={}", value(arguments, "--port")?),
        "--listen_host=127.0.0.1".to_owned(),
        "--query".to_owned(),
        KEEPER.to_owned(),
    ];
    let command_line: Vec<CString> = command_line
        .into_iter()
        .map(|argument| CString::new(argument).map_err(|_| "an argument holds a zero byte".to_owned()))
        .collect::<Result<_, _>>()?;
    call(value(arguments, "--library")?, &command_line)
}

#[expect(unsafe_code, reason = "the engine is a C library; this is the one place that calls it")]
fn call(library: &str, command_line: &[CString]) -> Result<(), String> {
    // SAFETY: the file is the engine library of the pinned version, whose hash was checked when it was fetched; its
    // initialisers are meant to run on loading, and it is loaded once in the life of this process.
    let library = unsafe { Library::new(library) }.map_err(|e| format!("cannot load `{library}`: {e}"))?;
    let missing = |e: libloading::Error| format!("the library is not an engine: {e}");
    // SAFETY: chdb.h declares `void chdb_set_signal_handlers_enabled(int)`.
    let set_signal_handlers =
        unsafe { library.get::<SetSignalHandlers>(c"chdb_set_signal_handlers_enabled") }.map_err(missing)?;
    // SAFETY: chdb.h declares `chdb_result * chdb_query_cmdline(int argc, char ** argv)`.
    let query = unsafe { library.get::<QueryCmdline>(c"chdb_query_cmdline") }.map_err(missing)?;
    // SAFETY: chdb.h declares `const char * chdb_result_error(chdb_result *)`.
    let error = unsafe { library.get::<ResultError>(c"chdb_result_error") }.map_err(missing)?;
    // SAFETY: chdb.h declares `void chdb_destroy_query_result(chdb_result *)`.
    let destroy = unsafe { library.get::<DestroyResult>(c"chdb_destroy_query_result") }.map_err(missing)?;

    // SAFETY: takes a number and keeps no reference; called before the engine starts, as chdb.h asks.
    unsafe { set_signal_handlers(0) };
    let mut argv: Vec<*mut c_char> = command_line.iter().map(|text| text.as_ptr().cast_mut()).collect();
    let argc = c_int::try_from(argv.len()).map_err(|_| "too many arguments".to_owned())?;
    // C programs may read argv up to a null.
    argv.push(std::ptr::null_mut());
    // SAFETY: argv points to `argc` texts that end with a zero byte, live until after the call, and belong to no
    // other thread; the engine does not write to them. It blocks until standard input closes.
    let result = unsafe { query(argc, argv.as_mut_ptr()) };
    if result.is_null() {
        return Err("the engine returned nothing".to_owned());
    }
    // SAFETY: `result` came from the call above and has not been destroyed.
    let message = unsafe { error(result) };
    let outcome = if message.is_null() {
        Ok(())
    } else {
        // SAFETY: a message that is not null is a text that ends with a zero byte and lives as long as the result.
        let text = unsafe { CStr::from_ptr(message) };
        Err(text.to_string_lossy().into_owned())
    };
    // SAFETY: `result` came from the call above and is destroyed once; nothing refers to it any more.
    unsafe { destroy(result) };
    // Its threads may still run: unloading would pull the code from under them.
    std::mem::forget(library);
    outcome
}
