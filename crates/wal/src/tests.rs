//! Claims about the whole log, on simulated and real disks.

mod crash;
mod damage;
mod faults;
mod ledger;
mod limits;
mod real;
