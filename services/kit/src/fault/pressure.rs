//! Faults that press on the whole service as long as a rule stands: held connections, and burnt cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::database::{Connection, Database};

/// A burner works this share-wise: so long in all, of which a part is burnt.
const PERIOD: Duration = Duration::from_millis(20);

/// What a rule holds; dropping it lets go.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    _connections: Vec<Connection>,
    burning: Vec<Burner>,
}

impl Pressure {
    /// Takes connections (waiting for each as long as a query would) and starts to burn.
    pub(super) async fn start(pool: Option<&Database>, connections: u32, cores: f64) -> sqlx::Result<Self> {
        let mut held = Vec::new();
        if let Some(pool) = pool {
            for _ in 0..connections {
                held.push(pool.inner().acquire().await?);
            }
        }
        let mut burning = Vec::new();
        let mut left = cores;
        while left > 0.0 {
            burning.push(Burner::start(left.min(1.0)));
            left -= 1.0;
        }
        Ok(Self { _connections: held, burning })
    }
}

impl Drop for Pressure {
    fn drop(&mut self) {
        self.burning.iter().for_each(|burner| burner.ended.store(true, Ordering::Relaxed));
    }
}

/// A thread that burns a share of a core until it is told to end.
#[derive(Debug)]
struct Burner {
    ended: Arc<AtomicBool>,
}

impl Burner {
    fn start(share: f64) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ended);
        std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                burn(PERIOD.mul_f64(share));
                std::thread::sleep(PERIOD.mul_f64(1.0 - share));
            }
        });
        Self { ended }
    }
}

/// Burns CPU for a time.
#[expect(clippy::disallowed_methods, reason = "a burner measures what it burns by the machine's clock")]
pub(super) fn burn(time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time {
        std::hint::spin_loop();
    }
}
