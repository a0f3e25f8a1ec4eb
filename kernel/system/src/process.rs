//! A process: a fiber with a mailbox, and the table of all of them.
//!
//! Invariant: a process runs on one core at a time; `state` is the lock:
//!
//! ```text
//! PARKED --wake--> QUEUED --taken--> RUNNING --park--> PARKED
//!                    ^                  | wake
//!                    +---- park --- NOTIFIED
//! ```
//! A wake that comes while the process runs is never lost: it is queued again instead of parked.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use crossbeam_queue::SegQueue;
use halt_heap::Published;
use halt_lisp::Fiber;
use spin::Mutex;

const PARKED: u8 = 0;
const QUEUED: u8 = 1;
const RUNNING: u8 = 2;
const NOTIFIED: u8 = 3;
const DEAD: u8 = 4;

/// A process id; never used twice.
pub(crate) type Pid = u64;

/// What a process is to run; kept until a core starts it.
pub(crate) enum Start {
    /// Call a function with arguments.
    Call(Published, Vec<Published>),
    /// Read, compile and run a source text form by form.
    Source { file: String, text: String, namespace: String, place: (u32, u32) },
    /// Go on from where another process forked.
    Fork(Box<Fiber>),
}

/// Who wants to hear the answer of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// Nobody but its monitors.
    Nobody,
    /// The development port's request with this id.
    Port(u64, Wanted),
}

/// What a request of the development port is to be answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// The value, printed; what the program prints goes to the log.
    Value,
    /// The namespace it ended in and the value, printed; what the program prints goes to the asker.
    Run,
    /// The same, and an app that it ends in is opened unless it runs already.
    Push,
    /// The value is a text: the text itself.
    Text,
}

impl Wanted {
    /// The function that makes a program's value the text of the reply.
    pub(crate) fn printer(self) -> Option<&'static str> {
        match self {
            Wanted::Value => Some("clojure.core/pr-str"),
            Wanted::Run => Some("halt.port/show"),
            Wanted::Push => Some("halt.port/push"),
            Wanted::Text => None,
        }
    }

    /// Whether the asker hears what the program prints, and in which namespace it ended.
    pub(crate) fn is_heard(self) -> bool {
        matches!(self, Wanted::Run | Wanted::Push)
    }
}

/// Who is told of the end of a process, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Monitor {
    /// By a message that says why.
    Message(Pid),
    /// It is woken from `halt.sys/park`.
    Wake(Pid),
}

/// What came of a fork.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Forked {
    /// This process is the parent of that one.
    Parent(Pid),
    /// This process is the child.
    Child,
    /// There are as many processes as may be.
    TooMany,
    /// There was no room for the child's stack.
    OutOfMemory,
}

impl Forked {
    fn pack(self) -> u64 {
        match self {
            Forked::Child => 1,
            Forked::TooMany => 2,
            Forked::OutOfMemory => 3,
            Forked::Parent(pid) => pid << 2,
        }
    }

    fn unpack(packed: u64) -> Option<Forked> {
        match packed {
            0 => None,
            1 => Some(Forked::Child),
            2 => Some(Forked::TooMany),
            3 => Some(Forked::OutOfMemory),
            pid => Some(Forked::Parent(pid >> 2)),
        }
    }
}

pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) parent: Pid,
    pub(crate) name: String,
    /// May change the desktop and switch the machine off.
    pub(crate) is_privileged: bool,
    pub(crate) answer: Answer,
    /// It runs a source text for its parent, or is a fork of what does; the parent hears what it prints.
    pub(crate) is_evaluation: bool,
    /// What to start; taken by the first slice.
    pub(crate) start: Mutex<Option<Start>>,
    /// The fiber, made by the first slice.
    pub(crate) fiber: Mutex<Option<Box<Fiber>>>,
    pub(crate) mailbox: SegQueue<Published>,
    /// Messages that were taken from the mailbox and put back: they come before those still in it.
    pub(crate) put_back: Mutex<VecDeque<Published>>,
    /// When the current wait ends, in microseconds; 0 while nothing waits.
    pub(crate) deadline_us: AtomicU64,
    pub(crate) monitors: Mutex<Vec<Monitor>>,
    /// Who dies with it when it fails.
    pub(crate) links: Mutex<Vec<Pid>>,
    pub(crate) is_killed: AtomicBool,
    /// The namespace that the program ended in, once its value is being printed for the development port.
    pub(crate) ended_in: Mutex<Option<String>>,
    /// What a call of `fork` that asked is to answer, as [`Forked`] packs it.
    forked: AtomicU64,
    /// It was woken on purpose since it last looked.
    is_unparked: AtomicBool,
    /// How often it was given a core.
    pub(crate) slices: AtomicU64,
    /// Microseconds it ran.
    pub(crate) run_us: AtomicU64,
    /// Bytes it held alone after its last slice.
    pub(crate) used_bytes: AtomicU64,
    state: AtomicU8,
}

impl Process {
    /// The next message, if one waits.
    pub(crate) fn next_message(&self) -> Option<Published> {
        let put_back = self.put_back.lock().pop_front();
        put_back.or_else(|| self.mailbox.pop())
    }

    /// How many messages wait.
    pub(crate) fn message_count(&self) -> usize {
        self.put_back.lock().len() + self.mailbox.len()
    }

    /// Asks to be told of its end. Returns false when it ended already: then nobody is told.
    pub(crate) fn add_monitor(&self, monitor: Monitor) -> bool {
        let is_new = {
            let mut monitors = self.monitors.lock();
            // A wake is enough for several waits.
            let is_new = !matches!(monitor, Monitor::Wake(_)) || !monitors.contains(&monitor);
            if is_new {
                monitors.push(monitor);
            }
            is_new
        };
        if !self.is_dead() {
            return true;
        }
        // It died between the look-up and the push: whoever empties the list tells.
        let mut monitors = self.monitors.lock();
        match monitors.iter().position(|waiting| *waiting == monitor) {
            Some(index) if is_new => {
                monitors.remove(index);
                false
            }
            _ => is_new,
        }
    }

    /// Takes the leave to go on from `halt.sys/park`, if somebody gave it.
    pub(crate) fn take_unpark(&self) -> bool {
        self.is_unparked.swap(false, Ordering::AcqRel)
    }

    /// Gives the leave to go on; the caller wakes it.
    pub(crate) fn give_unpark(&self) {
        self.is_unparked.store(true, Ordering::Release);
    }

    /// Lets the call of `fork` know what came of it.
    pub(crate) fn set_forked(&self, forked: Forked) {
        self.forked.store(forked.pack(), Ordering::Relaxed);
    }

    /// What came of the fork that was asked for; once.
    pub(crate) fn take_forked(&self) -> Option<Forked> {
        Forked::unpack(self.forked.swap(0, Ordering::Relaxed))
    }

    /// Marks it as about to be queued. Returns whether the caller must queue it.
    pub(crate) fn wake(&self) -> bool {
        loop {
            let state = self.state.load(Ordering::Acquire);
            let next = match state {
                PARKED => QUEUED,
                RUNNING => NOTIFIED,
                _ => return false,
            };
            if self.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return next == QUEUED;
            }
        }
    }

    /// A core took it from the queue.
    pub(crate) fn begin_slice(&self) {
        self.state.store(RUNNING, Ordering::Release);
    }

    /// Its slice ended waiting. Returns whether a wake came meanwhile, so that the caller must queue it.
    pub(crate) fn park(&self) -> bool {
        if self.state.compare_exchange(RUNNING, PARKED, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return false;
        }
        self.state.store(QUEUED, Ordering::Release);
        true
    }

    /// Its slice ended with more to do; the caller queues it.
    pub(crate) fn requeue(&self) {
        self.state.store(QUEUED, Ordering::Release);
    }

    pub(crate) fn end(&self) {
        self.state.store(DEAD, Ordering::Release);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state.load(Ordering::Acquire) == DEAD
    }

    /// Whose children the processes are that this one spawns: an evaluation ends at once, and what it started is
    /// to go on.
    pub(crate) fn parent_of_spawned(&self) -> Pid {
        if self.is_evaluation || self.answer != Answer::Nobody { self.parent } else { self.pid }
    }

    /// The state as users name it.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.state.load(Ordering::Acquire) {
            PARKED => "parked",
            QUEUED => "ready",
            DEAD => "dead",
            _ => "running",
        }
    }
}

/// All living processes by id.
#[derive(Default)]
pub(crate) struct ProcessTable {
    by_pid: Mutex<BTreeMap<Pid, Arc<Process>>>,
    last_pid: AtomicU64,
}

impl Start {
    /// Running a text in the namespace that people work in.
    pub(crate) fn source(file: &str, text: String) -> Start {
        Start::Source { file: String::from(file), text, namespace: String::from("user"), place: (1, 1) }
    }
}

/// What a new process is made of.
pub(crate) struct ProcessSpec {
    pub(crate) name: String,
    pub(crate) parent: Pid,
    pub(crate) is_privileged: bool,
    pub(crate) answer: Answer,
    /// What it prints goes to its parent; always so for a source text.
    pub(crate) is_evaluation: bool,
    pub(crate) start: Start,
}

impl ProcessTable {
    /// Adds a parked process.
    pub(crate) fn add(&self, spec: ProcessSpec) -> Arc<Process> {
        let pid = self.last_pid.fetch_add(1, Ordering::Relaxed) + 1;
        let runs_source = spec.parent != 0 && matches!(spec.start, Start::Source { .. });
        let process = Arc::new(Process {
            pid,
            parent: spec.parent,
            name: spec.name,
            is_privileged: spec.is_privileged,
            answer: spec.answer,
            is_evaluation: runs_source || spec.is_evaluation,
            start: Mutex::new(Some(spec.start)),
            fiber: Mutex::new(None),
            mailbox: SegQueue::new(),
            put_back: Mutex::new(VecDeque::new()),
            deadline_us: AtomicU64::new(0),
            // An evaluation's parent hears its answer even when it ends at once.
            monitors: Mutex::new(if runs_source {
                alloc::vec![Monitor::Message(spec.parent)]
            } else {
                Vec::new()
            }),
            links: Mutex::new(Vec::new()),
            is_killed: AtomicBool::new(false),
            ended_in: Mutex::new(None),
            forked: AtomicU64::new(0),
            is_unparked: AtomicBool::new(false),
            slices: AtomicU64::new(0),
            run_us: AtomicU64::new(0),
            used_bytes: AtomicU64::new(0),
            state: AtomicU8::new(PARKED),
        });
        self.by_pid.lock().insert(pid, process.clone());
        process
    }

    pub(crate) fn get(&self, pid: Pid) -> Option<Arc<Process>> {
        self.by_pid.lock().get(&pid).cloned()
    }

    pub(crate) fn remove(&self, pid: Pid) {
        self.by_pid.lock().remove(&pid);
    }

    pub(crate) fn count(&self) -> usize {
        self.by_pid.lock().len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Process>> {
        self.by_pid.lock().values().cloned().collect()
    }

    /// The process that works on a request of the development port.
    pub(crate) fn of_request(&self, id: u64) -> Option<Arc<Process>> {
        let is_it = |process: &&Arc<Process>| matches!(process.answer, Answer::Port(of, _) if of == id);
        self.by_pid.lock().values().find(is_it).cloned()
    }

    /// The processes that `pid` spawned and that still live.
    pub(crate) fn children(&self, pid: Pid) -> Vec<Arc<Process>> {
        self.by_pid.lock().values().filter(|process| process.parent == pid).cloned().collect()
    }
}
