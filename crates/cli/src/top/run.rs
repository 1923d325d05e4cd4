//! The loop: keys, answers and live records go into the state, the state goes to the terminal.

use std::io::{IsTerminal as _, Write as _};
use std::pin::Pin;
use std::time::Duration;

use base64::Engine as _;
use crossterm::event::EventStream;
use crossterm::terminal::{Clear, ClearType};
use futures_util::StreamExt as _;
use sightline_client::{Client, Error, Event, Events};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use super::Listening;
use super::draw::draw;
use super::keys::Key;
use super::load::{Answer, Ask, Trouble, load, tail};
use super::look::Look;
use super::state::{State, Then};
use super::view::{View, Web};
use crate::exit::Failure;

/// How often a page is asked again.
const EVERY: Duration = Duration::from_secs(2);

type Loading = Pin<Box<dyn Future<Output = (Ask, Option<Result<Answer, Trouble>>)>>>;

/// Shows the pages until they are left, or a signal asks to end. The terminal is given back in any case; a panic gives it
/// back through the hook of `try_init`.
pub(crate) async fn run(client: Client, start: Start) -> Result<(), Failure> {
    needs_terminal()?;
    let mut stopped = Box::pin(stop_signal()?);
    let mut terminal = ratatui::try_init()?;
    let pages = Box::pin(Pages::new(client, start).show(&mut terminal));
    let outcome = tokio::select! {
        outcome = pages => outcome,
        () = &mut stopped => Ok(()),
    };
    let restored = ratatui::try_restore();
    outcome?;
    Ok(restored?)
}

/// Refuses to draw into a pipe.
pub(crate) fn needs_terminal() -> Result<(), Failure> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return Ok(());
    }
    let hint = "`top` needs a terminal; use `services`, `traces`, `logs` or `tail` in a pipe";
    Err(Failure::Usage(hint.to_owned()))
}

/// Completes when the process is asked to end; ctrl-c arrives as a key.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// How the pages begin.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) filter: Option<String>,
    pub(crate) has_colour: bool,
    pub(crate) tenants: Vec<String>,
    pub(crate) listening: Option<Listening>,
}

struct Pages {
    client: Client,
    state: State,
    started: Instant,
    loading: Option<Loading>,
    due: Instant,
    live: Live,
}

/// The stream of log records, open while the page of logs is.
enum Live {
    Closed,
    Opening(Pin<Box<dyn Future<Output = Result<Events, Error>>>>),
    Open(Box<Events>),
    /// It broke; opened again at that time.
    Broken(Instant),
}

impl Live {
    /// Waits for what the stream says next.
    async fn next(&mut self) -> Result<Option<Event>, Error> {
        match self {
            Self::Closed => std::future::pending().await,
            Self::Opening(opening) => {
                let events = opening.await?;
                *self = Self::Open(Box::new(events));
                Ok(Some(Event::default()))
            }
            Self::Open(events) => events.next().await,
            Self::Broken(until) => {
                tokio::time::sleep_until(*until).await;
                Ok(None)
            }
        }
    }
}

impl Pages {
    fn new(client: Client, start: Start) -> Self {
        let state = State {
            filter: start.filter.unwrap_or_default(),
            look: Look { has_colour: start.has_colour },
            web: Web { url: client.url().to_owned(), tenants: start.tenants },
            listening: start.listening,
            ..State::default()
        };
        let now = Instant::now();
        Self { client, state, started: now, loading: None, due: now, live: Live::Closed }
    }

    async fn show(mut self, terminal: &mut ratatui::DefaultTerminal) -> Result<(), Failure> {
        // Not every terminal has another screen, and what stood here stays under what is drawn.
        crossterm::execute!(std::io::stdout(), Clear(ClearType::All))?;
        let mut keys = EventStream::new();
        loop {
            terminal.draw(|screen| draw(screen, &self.state))?;
            if self.loading.is_none() && self.due <= Instant::now() {
                self.loading = Some(Box::pin(load(self.client.clone(), self.state.ask(), self.started)));
            }
            tokio::select! {
                event = keys.next() => match event {
                    Some(event) => {
                        // Anything else, such as another size, is drawn.
                        let Some(key) = Key::of(&event?) else { continue };
                        match self.state.press(key) {
                            Then::Quit => return Ok(()),
                            Then::Ask => self.ask_again(),
                            Then::Copy(text) => copy(&text)?,
                            Then::Draw => {}
                        }
                    }
                    None => return Ok(()),
                },
                (ask, answer) = wait(&mut self.loading) => {
                    self.loading = None;
                    self.due = Instant::now() + EVERY;
                    if let Some(answer) = answer {
                        self.state.take(&ask, answer);
                    }
                }
                () = tokio::time::sleep_until(self.due), if self.loading.is_none() => {}
                event = self.live.next() => self.live_said(event),
            }
        }
    }

    /// A question that is under way is dropped, which ends it on the server.
    fn ask_again(&mut self) {
        self.loading = None;
        self.due = Instant::now();
        self.live = if self.state.view == View::Logs { self.opening() } else { Live::Closed };
    }

    fn opening(&self) -> Live {
        Live::Opening(Box::pin(tail(self.client.clone(), self.state.filter.clone())))
    }

    fn live_said(&mut self, event: Result<Option<Event>, Error>) {
        match event {
            Ok(Some(event)) => match self.state.logs.take(&event) {
                Some(text) => self.state.failed(Trouble { text, is_passing: false }),
                None => self.state.trouble = None,
            },
            // Ended by the server, or the pause after a failure is over.
            Ok(None) if matches!(self.live, Live::Broken(_)) => self.live = self.opening(),
            Ok(None) => self.live = Live::Broken(Instant::now()),
            Err(error) => {
                self.state.failed(Trouble::of(&error));
                self.live = Live::Broken(Instant::now() + EVERY);
            }
        }
    }
}

async fn wait(loading: &mut Option<Loading>) -> (Ask, Option<Result<Answer, Trouble>>) {
    match loading {
        Some(loading) => loading.await,
        None => std::future::pending().await,
    }
}

/// Longest text that terminals take into their clipboard (xterm and others stop at about 100,000 bytes of base64).
const COPY_BYTES_MAX: usize = 70_000;

/// Gives text to the clipboard of the terminal (xterm's control sequence OSC 52), which works over ssh too.
fn copy(text: &str) -> std::io::Result<()> {
    if text.len() > COPY_BYTES_MAX {
        return Ok(());
    }
    let coded = base64::engine::general_purpose::STANDARD.encode(text);
    let mut out = std::io::stdout().lock();
    write!(out, "\x1b]52;c;{coded}\x07")?;
    out.flush()
}
