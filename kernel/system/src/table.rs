//! The table of all living processes, in shards, so that cores seldom wait for each other.
//!
//! Enter at [`ProcessTable::add`] and [`ProcessTable::get`].
//!
//! Invariant: a process is the child of its parent from its making until one of the two ends.

use crate::process::{Answer, Pid, Process, ProcessSpec};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spin::Mutex;

/// Shards of the table: each with a lock of its own.
const SHARDS: usize = 64;

type Shard = Mutex<BTreeMap<Pid, Arc<Process>>>;

/// All living processes by id.
pub(crate) struct ProcessTable {
    shards: [Shard; SHARDS],
    count: AtomicUsize,
    last_pid: AtomicU64,
}

impl Default for ProcessTable {
    fn default() -> ProcessTable {
        ProcessTable {
            shards: [const { Mutex::new(BTreeMap::new()) }; SHARDS],
            count: AtomicUsize::new(0),
            last_pid: AtomicU64::new(0),
        }
    }
}

impl ProcessTable {
    fn shard(&self, pid: Pid) -> &Shard {
        &self.shards[pid as usize % SHARDS]
    }

    /// Adds a parked process. One whose parent has ended meanwhile dies at once.
    pub(crate) fn add(&self, spec: ProcessSpec) -> Arc<Process> {
        let pid = self.last_pid.fetch_add(1, Ordering::Relaxed) + 1;
        let process = Arc::new(Process::new(pid, spec));
        self.shard(pid).lock().insert(pid, process.clone());
        self.count.fetch_add(1, Ordering::Relaxed);
        if process.parent != 0 && !self.get(process.parent).is_some_and(|parent| parent.add_child(pid)) {
            process.is_killed.store(true, Ordering::Release);
        }
        process
    }

    pub(crate) fn get(&self, pid: Pid) -> Option<Arc<Process>> {
        self.shard(pid).lock().get(&pid).cloned()
    }

    /// Removes a process that has ended.
    pub(crate) fn remove(&self, process: &Process) {
        if self.shard(process.pid).lock().remove(&process.pid).is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(parent) = self.get(process.parent) {
            parent.forget_child(process.pid);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// All processes, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Process>> {
        let mut all = Vec::with_capacity(self.count());
        for shard in &self.shards {
            all.extend(shard.lock().values().cloned());
        }
        all.sort_unstable_by_key(|process| process.pid);
        all
    }

    /// The process that works on a request of the development port.
    pub(crate) fn of_request(&self, id: u64) -> Option<Arc<Process>> {
        let is_it = |process: &&Arc<Process>| matches!(process.answer, Answer::Port(of, _) if of == id);
        self.shards.iter().find_map(|shard| shard.lock().values().find(is_it).cloned())
    }
}
