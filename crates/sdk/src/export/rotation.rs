//! Whose turn it is: smooth weighted round robin over the receivers that work.
//!
//! Every export request moves the rotation on by one, so requests are shared in proportion to the weights, evenly spread
//! (the algorithm of nginx's upstream module). A receiver that failed is passed over until its pause is over.

use std::time::Instant;

/// The state of the rotation; receivers are numbers.
#[derive(Debug)]
pub(super) struct Rotation {
    seats: Vec<Seat>,
}

#[derive(Debug)]
struct Seat {
    weight: i64,
    credit: i64,
    /// Passed over until then.
    paused_until: Option<Instant>,
}

impl Seat {
    fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

impl Rotation {
    pub(super) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let seat = |weight: u32| Seat { weight: i64::from(weight.max(1)), credit: 0, paused_until: None };
        Self { seats: weights.into_iter().map(seat).collect() }
    }

    /// Moves on, and returns all receivers in the order in which they are to be tried: the one whose turn it is, the
    /// others that work, and last those that are paused, because trying them beats losing the batch.
    pub(super) fn next_order(&mut self, now: Instant) -> Vec<usize> {
        let works: Vec<usize> = (0..self.seats.len()).filter(|&i| !self.seats[i].is_paused(now)).collect();
        let total: i64 = works.iter().map(|&i| self.seats[i].weight).sum();
        for &i in &works {
            self.seats[i].credit += self.seats[i].weight;
        }
        let first = works.iter().copied().max_by_key(|&i| (self.seats[i].credit, std::cmp::Reverse(i)));
        if let Some(first) = first {
            self.seats[first].credit -= total;
        }
        let mut order: Vec<usize> = (0..self.seats.len()).collect();
        order.sort_by_key(|&i| (Some(i) != first, self.seats[i].is_paused(now)));
        order
    }

    /// Notes that a receiver did not acknowledge.
    pub(super) fn pause(&mut self, seat: usize, until: Instant) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.paused_until = Some(until);
        }
    }

    /// Notes that a receiver acknowledged.
    pub(super) fn resume(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.paused_until = None;
        }
    }

    /// Tells which receivers are in turn.
    pub(super) fn usable(&self, now: Instant) -> Vec<bool> {
        self.seats.iter().map(|seat| !seat.is_paused(now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(weights: &[u32], turns: usize) -> Vec<usize> {
        let mut rotation = Rotation::new(weights.iter().copied());
        let mut counts = vec![0; weights.len()];
        for _ in 0..turns {
            counts[rotation.next_order(Instant::now())[0]] += 1;
        }
        counts
    }

    #[test]
    fn requests_are_shared_in_proportion_to_the_weights() {
        assert_eq!(check(&[50, 50], 100), [50, 50]);
        assert_eq!(check(&[80, 20], 100), [80, 20]);
        assert_eq!(check(&[1, 1, 1], 99), [33, 33, 33]);
        assert_eq!(check(&[7], 10), [10]);
    }

    #[test]
    fn a_receiver_that_failed_is_passed_over_and_comes_back() {
        let (start, pause) = (Instant::now(), Duration::from_secs(5));
        let mut rotation = Rotation::new([1, 1, 1]);
        rotation.pause(0, start + pause);
        for _ in 0..10 {
            let order = rotation.next_order(start);
            assert_ne!(order[0], 0);
            assert_eq!(order[2], 0, "it is tried last, not never");
        }
        assert_eq!(rotation.usable(start), [false, true, true]);
        let later = start + pause;
        let first: Vec<usize> = (0..3).map(|_| rotation.next_order(later)[0]).collect();
        assert!(first.contains(&0), "{first:?}");
    }

    #[test]
    fn when_all_failed_all_are_tried() {
        let now = Instant::now();
        let mut rotation = Rotation::new([1, 1]);
        rotation.pause(0, now + Duration::from_secs(1));
        rotation.pause(1, now + Duration::from_secs(1));
        assert_eq!(rotation.next_order(now).len(), 2);
    }
}
