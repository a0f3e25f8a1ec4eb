//! A process: a fiber with a mailbox. The table of all of them is in `table.rs`.
//!
//! Invariant: a process runs on one core at a time; `state` is the lock:
//!
//! ```text
//! PARKED --wake--> QUEUED --taken--> RUNNING --park--> PARKED
//!                    ^                  | wake
//!                    +---- park --- NOTIFIED
//! ```
//! A wake that comes while the process runs is never lost: it is queued again instead of parked.

use crate::queue::Team;
use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
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
    /// Read, compile and run a source text form by form, and call a function with the value.
    Source { file: String, text: String, namespace: String, place: (u32, u32), then: Option<Published> },
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
            Wanted::Value => Some("clojure.core/show-str"),
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

/// How a process ended.
#[derive(Clone)]
pub(crate) enum End {
    /// With a value.
    Well(Published),
    /// By an error that nobody caught: its text, and the error.
    Failed(String, Published),
    /// By `exit`, its own or another's: the reason as text, and the reason.
    Exited(String, Published),
    /// Somebody who may has ended it.
    Killed,
}

impl End {
    /// Why it ended, as people read it; nothing when it ended well.
    pub(crate) fn problem(&self) -> Option<&str> {
        match self {
            End::Well(_) => None,
            End::Failed(text, _) | End::Exited(text, _) => Some(text),
            End::Killed => Some("killed"),
        }
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
    pub(crate) name: Box<str>,
    /// May change the desktop and switch the machine off.
    pub(crate) is_privileged: bool,
    /// The namespace to which it is confined, and those that it spawns.
    pub(crate) confined: Option<Box<str>>,
    pub(crate) answer: Answer,
    /// It runs a source text for its parent or answers a request of the development port, or is a fork of what does: somebody
    /// waits for it, and what it starts goes on when it ends. The parent, if there is one, hears what it prints.
    pub(crate) is_evaluation: bool,
    /// Those that rest together with it.
    pub(crate) team: Arc<Team>,
    /// It goes on while its team rests.
    pub(crate) heads_team: bool,
    /// It gets a core before others: the shell, and the app in front.
    pub(crate) has_precedence: AtomicBool,
    /// What to start; taken by the first slice.
    pub(crate) start: Mutex<Option<Box<Start>>>,
    /// The fiber, made by the first slice.
    pub(crate) fiber: Mutex<Option<Box<Fiber>>>,
    mailbox: Mutex<VecDeque<Published>>,
    /// When the current wait ends, in microseconds; 0 while nothing waits.
    pub(crate) deadline_us: AtomicU64,
    kin: Mutex<Kin>,
    pub(crate) is_killed: AtomicBool,
    /// How it is to end, once it is killed.
    pub(crate) doom: Mutex<Option<Box<End>>>,
    /// What would end it by a link or by `exit` comes as a message instead.
    pub(crate) is_trapping: AtomicBool,
    /// The namespace that the program ended in, once its value is being printed for the development port.
    pub(crate) ended_in: Mutex<Option<String>>,
    /// What a call of `fork` that asked is to answer, as [`Forked`] packs it.
    forked: AtomicU64,
    /// It was woken on purpose since it last looked.
    is_unparked: AtomicBool,
    /// It is among those that may give memory back.
    is_resting: AtomicBool,
    /// How often it was given a core. Only who runs it writes this.
    pub(crate) slices: AtomicU64,
    /// Microseconds it ran.
    pub(crate) run_us: AtomicU64,
    /// Bytes it held alone after its last slice.
    pub(crate) used_bytes: AtomicU64,
    state: AtomicU8,
}

/// Those to whom the end of a process matters.
#[derive(Default)]
pub(crate) struct Kin {
    pub(crate) monitors: Vec<Monitor>,
    /// Who dies with it when it fails.
    pub(crate) links: Vec<Pid>,
    /// Who dies with it in any case.
    pub(crate) children: BTreeSet<Pid>,
}

impl Process {
    /// A parked process.
    pub(crate) fn new(pid: Pid, spec: ProcessSpec) -> Process {
        let runs_source = spec.parent != 0 && matches!(spec.start, Start::Source { .. });
        // An evaluation's parent hears its answer even when it ends at once.
        let monitors = if runs_source { alloc::vec![Monitor::Message(spec.parent)] } else { Vec::new() };
        Process {
            pid,
            parent: spec.parent,
            name: spec.name.into_boxed_str(),
            is_privileged: spec.is_privileged,
            confined: spec.confined,
            answer: spec.answer,
            is_evaluation: runs_source || spec.is_evaluation,
            heads_team: spec.team.is_none(),
            team: spec.team.unwrap_or_default(),
            has_precedence: AtomicBool::new(false),
            start: Mutex::new(Some(Box::new(spec.start))),
            fiber: Mutex::new(None),
            mailbox: Mutex::new(VecDeque::new()),
            deadline_us: AtomicU64::new(0),
            kin: Mutex::new(Kin { monitors, ..Kin::default() }),
            is_killed: AtomicBool::new(false),
            doom: Mutex::new(None),
            is_trapping: AtomicBool::new(false),
            ended_in: Mutex::new(None),
            forked: AtomicU64::new(0),
            is_unparked: AtomicBool::new(false),
            is_resting: AtomicBool::new(false),
            slices: AtomicU64::new(0),
            run_us: AtomicU64::new(0),
            used_bytes: AtomicU64::new(0),
            state: AtomicU8::new(PARKED),
        }
    }

    /// Adds a message, unless as many as may wait already or it has ended.
    pub(crate) fn push_message(&self, message: Published, most: usize) -> bool {
        let mut mailbox = self.mailbox.lock();
        let fits = mailbox.len() < most && !self.is_dead();
        if fits {
            mailbox.push_back(message);
        }
        fits
    }

    /// Puts messages in front of those that wait, in their order, unless more than may would wait.
    pub(crate) fn put_back_messages(&self, messages: Vec<Published>, most: usize) -> bool {
        let mut mailbox = self.mailbox.lock();
        let fits = mailbox.len() + messages.len() <= most;
        if fits {
            messages.into_iter().rev().for_each(|message| mailbox.push_front(message));
        }
        fits
    }

    /// The next message, if one waits.
    pub(crate) fn next_message(&self) -> Option<Published> {
        self.mailbox.lock().pop_front()
    }

    /// How many messages wait.
    pub(crate) fn message_count(&self) -> usize {
        self.mailbox.lock().len()
    }

    /// Works on those to whom its end matters, while it lives.
    fn with_kin<R>(&self, work: impl FnOnce(&mut Kin) -> R) -> Option<R> {
        let mut kin = self.kin.lock();
        // Whoever ends it says so before he takes them.
        (!self.is_dead()).then(|| work(&mut kin))
    }

    /// Asks to be told of its end. Returns false when it ended already: then nobody is told.
    pub(crate) fn add_monitor(&self, monitor: Monitor) -> bool {
        let add = |kin: &mut Kin| {
            // A wake is enough for several waits.
            if !matches!(monitor, Monitor::Wake(_)) || !kin.monitors.contains(&monitor) {
                kin.monitors.push(monitor);
            }
        };
        self.with_kin(add).is_some()
    }

    /// Lets another process die when this one fails. Returns false when this one has ended.
    pub(crate) fn add_link(&self, other: Pid) -> bool {
        self.with_kin(|kin| kin.links.push(other)).is_some()
    }

    /// Takes back that another process dies when this one fails.
    pub(crate) fn remove_link(&self, other: Pid) {
        self.with_kin(|kin| kin.links.retain(|linked| *linked != other));
    }

    /// Takes back that another process is told of the end of this one.
    pub(crate) fn remove_monitor(&self, other: Pid) {
        self.with_kin(|kin| kin.monitors.retain(|monitor| *monitor != Monitor::Message(other)));
    }

    /// Lets another process die with this one. Returns false when this one has ended.
    pub(crate) fn add_child(&self, child: Pid) -> bool {
        self.with_kin(|kin| kin.children.insert(child)).is_some()
    }

    /// Forgets a child that has ended.
    pub(crate) fn forget_child(&self, child: Pid) {
        self.with_kin(|kin| kin.children.remove(&child));
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
        self.slices.store(self.slices.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Notes how long a slice took, in microseconds.
    pub(crate) fn note_ran(&self, spent_us: u64) {
        // Another core may run it already when this one notes the time.
        self.run_us.fetch_add(spent_us, Ordering::Relaxed);
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

    /// It ran for the last time. Returns those to whom that matters, once, and how many messages it did not read.
    pub(crate) fn end(&self) -> (Kin, usize) {
        self.state.store(DEAD, Ordering::Release);
        let unread = core::mem::take(&mut *self.mailbox.lock()).len();
        (core::mem::take(&mut *self.kin.lock()), unread)
    }

    /// Gives the memory back that it does not need while it waits, if it still does. Returns whether it did.
    pub(crate) fn give_back(&self) -> bool {
        let Some(mut fiber) = self.fiber.try_lock() else { return false };
        // Nobody runs it while the fiber is locked; who wakes it meanwhile waits a little.
        if self.state.load(Ordering::Acquire) != PARKED {
            return false;
        }
        let mut mailbox = self.mailbox.lock();
        mailbox.shrink_to_fit();
        drop(mailbox);
        fiber.as_mut().is_some_and(|fiber| fiber.mutator().park().is_ok())
    }

    /// Enters the queue of those that may give memory back. Returns false when it is there already.
    pub(crate) fn begin_rest(&self) -> bool {
        !self.is_resting.load(Ordering::Relaxed) && !self.is_resting.swap(true, Ordering::AcqRel)
    }

    /// Leaves that queue.
    pub(crate) fn end_rest(&self) {
        self.is_resting.store(false, Ordering::Release);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state.load(Ordering::Acquire) == DEAD
    }

    /// Whether it waits.
    pub(crate) fn is_parked(&self) -> bool {
        self.state.load(Ordering::Acquire) == PARKED
    }

    /// Whose children the processes are that this one spawns: an evaluation ends at once, and what it started is
    /// to go on.
    pub(crate) fn parent_of_spawned(&self) -> Pid {
        if self.is_evaluation { self.parent } else { self.pid }
    }

    /// The state as users name it.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.state.load(Ordering::Acquire) {
            PARKED => "parked",
            QUEUED if self.team.has_shelved(self) => "resting",
            QUEUED => "ready",
            DEAD => "dead",
            _ => "running",
        }
    }
}

/// What a new process is made of.
pub(crate) struct ProcessSpec {
    pub(crate) name: String,
    pub(crate) parent: Pid,
    pub(crate) is_privileged: bool,
    /// The namespace to which it is confined.
    pub(crate) confined: Option<Box<str>>,
    pub(crate) answer: Answer,
    /// What it prints goes to its parent; always so for a source text.
    pub(crate) is_evaluation: bool,
    /// Whose team it joins; none: it heads a new one.
    pub(crate) team: Option<Arc<Team>>,
    pub(crate) start: Start,
}

impl Start {
    /// Running a text in the namespace that people work in.
    pub(crate) fn source(file: &str, text: String) -> Start {
        Start::Source {
            file: String::from(file),
            text,
            namespace: String::from("user"),
            place: (1, 1),
            then: None,
        }
    }
}
