//! The loop: keys, answers and live records go into the state, the state goes to the terminal.

use std::io::IsTerminal as _;
use std::pin::Pin;
use std::time::Duration;

use crossterm::event::EventStream;
use futures_util::StreamExt as _;
use sightline_client::{Client, Error, Event, Events};
use tokio::time::Instant;

use super::State;
use super::draw::draw;
use super::keys::Key;
use super::load::{Answer, Ask, load, tail};
use super::state::{Then, View};
use crate::exit::Failure;

/// How often a page is asked again.
const EVERY: Duration = Duration::from_secs(2);

type Loading = Pin<Box<dyn Future<Output = (Ask, Option<Result<Answer, String>>)>>>;

/// Shows the pages until they are left.
pub(crate) async fn run(client: Client, filter: Option<String>) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        let hint = "`top` needs a terminal; use `services`, `traces`, `logs` or `tail` in a pipe";
        return Err(Failure::Usage(hint.to_owned()));
    }
    let mut terminal = ratatui::try_init()?;
    let outcome = Box::pin(Pages::new(client, filter).show(&mut terminal)).await;
    // Given back in any case; a panic gives it back through the hook of `try_init`.
    let restored = ratatui::try_restore();
    outcome?;
    Ok(restored?)
}

struct Pages {
    client: Client,
    state: State,
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
    fn new(client: Client, filter: Option<String>) -> Self {
        Self { client, state: State::new(filter), loading: None, due: Instant::now(), live: Live::Closed }
    }

    async fn show(mut self, terminal: &mut ratatui::DefaultTerminal) -> Result<(), Failure> {
        let mut keys = EventStream::new();
        loop {
            terminal.draw(|screen| draw(screen, &self.state))?;
            if self.loading.is_none() && self.due <= Instant::now() {
                self.loading = Some(Box::pin(load(self.client.clone(), self.state.ask())));
            }
            tokio::select! {
                event = keys.next() => match event {
                    Some(event) => {
                        let Some(key) = Key::of(&event?) else { continue };
                        match self.state.press(key) {
                            Then::Quit => return Ok(()),
                            Then::Ask => self.ask_again(),
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
            Ok(Some(event)) => self.state.trouble = self.state.logs.take(&event),
            // Ended by the server, or the pause after a failure is over.
            Ok(None) if matches!(self.live, Live::Broken(_)) => self.live = self.opening(),
            Ok(None) => self.live = Live::Broken(Instant::now()),
            Err(error) => {
                self.state.trouble = Some(error.to_string());
                self.live = Live::Broken(Instant::now() + EVERY);
            }
        }
    }
}

async fn wait(loading: &mut Option<Loading>) -> (Ask, Option<Result<Answer, String>>) {
    match loading {
        Some(loading) => loading.await,
        None => std::future::pending().await,
    }
}
