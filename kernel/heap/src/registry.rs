//! The registry: every mutator there is, at a place of its own, so that the collector can go over thousands of
//! them a few at a time.
//!
//! Enter at [`Registry::add`] and [`Registry::claim_next`]. A door for `unsafe`: the collector reaches mutators through raw
//! pointers.
//!
//! Invariants: a mutator has its place from its making to its dropping; it is dropped only after it was claimed
//! by its owner, so one that the collector claimed stays where it is.
#![allow(unsafe_code, reason = "pointers to mutators; see the SAFETY comments")]

use crate::handshake::{Asked, Epoch, Status};
use crate::mutator::MutatorCore;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use spin::Mutex;

/// Places that one call looks at while it holds the lock.
const PLACES_AT_ONCE: usize = 1024;

#[derive(Default)]
pub(crate) struct Registry {
    places: Mutex<Places>,
    count: AtomicUsize,
}

#[derive(Default)]
struct Places {
    places: Vec<Place>,
    free: Vec<u32>,
    /// All mutators are being stopped, or are; new ones too.
    is_stopped: bool,
}

#[derive(Default)]
struct Place {
    mutator: Option<NonNull<MutatorCore>>,
    name: Option<Box<str>>,
}

// SAFETY: the pointers are only followed as the methods below say.
unsafe impl Send for Places {}

/// What a look for mutators that have not answered found.
pub(crate) enum Found {
    /// This one, at this place; it is claimed now, or was stopped before.
    Behind(usize, Claimed),
    /// None up to this place.
    NotYet(usize),
    /// The end.
    End,
}

/// A mutator that the collector may touch until it closes it.
pub(crate) struct Claimed(NonNull<MutatorCore>);

impl Claimed {
    pub(crate) fn mutator(&self) -> &MutatorCore {
        // SAFETY: it was claimed or stopped, and is so until its state says that it is closed: it cannot be
        // dropped, no scope of it is open, and nobody else claims it.
        unsafe { self.0.as_ref() }
    }
}

impl Registry {
    /// How many mutators there are.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Gives a new mutator its place. It counts as having answered what was asked so far.
    pub(crate) fn add(&self, mutator: NonNull<MutatorCore>, epoch: &Epoch) {
        self.place(mutator, |is_stopped| {
            (epoch.current(), if is_stopped { Status::Stopped } else { Status::Closed })
        });
    }

    /// Gives a new mutator its place, open, within an open scope of another one that has answered `asked`. It
    /// answers and closes before that does.
    pub(crate) fn add_open(&self, mutator: NonNull<MutatorCore>, asked: Asked) {
        self.place(mutator, |_| (asked, Status::Open));
    }

    fn place(&self, mutator: NonNull<MutatorCore>, state: impl FnOnce(bool) -> (Asked, Status)) {
        let mut places = self.places.lock();
        let number = places.free.pop().unwrap_or(places.places.len() as u32);
        let place = Place { mutator: Some(mutator), name: None };
        match places.places.get_mut(number as usize) {
            Some(free) => *free = place,
            None => places.places.push(place),
        }
        let (asked, status) = state(places.is_stopped);
        // SAFETY: the caller has just made it, and has not given it away.
        let core = unsafe { mutator.as_ref() };
        core.place.set(number);
        core.state.begin(asked, status);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Frees a place. The caller has claimed its mutator.
    pub(crate) fn remove(&self, number: u32) {
        let mut places = self.places.lock();
        places.places[number as usize] = Place::default();
        places.free.push(number);
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// Says how to call a mutator.
    pub(crate) fn name(&self, number: u32, name: &str) {
        self.places.lock().places[number as usize].name = Some(name.into());
    }

    /// How the mutator at a place is called.
    pub(crate) fn name_of(&self, number: u32) -> Option<String> {
        self.places.lock().places.get(number as usize)?.name.as_deref().map(String::from)
    }

    /// Asks all mutators: no mutator is made between the last that did not hear of it and the first that did.
    pub(crate) fn ask(&self, epoch: &Epoch, asked: Asked) {
        let _places = self.places.lock();
        epoch.ask(asked);
    }

    /// Claims the next mutator, from a place on, that has not answered. Says in `waits` whether there was one
    /// that cannot be claimed now.
    pub(crate) fn claim_next(&self, from: usize, asked: Asked, stopped: bool, waits: &mut bool) -> Found {
        let places = self.places.lock();
        let until = places.places.len().min(from + PLACES_AT_ONCE);
        for (number, place) in places.places.iter().enumerate().take(until).skip(from) {
            let Some(pointer) = place.mutator else { continue };
            // SAFETY: it has its place, so it was not dropped; the state may be looked at by anyone.
            let state = unsafe { &(*pointer.as_ptr()).state };
            if state.has_answered(asked) {
                continue;
            }
            match state.claim() {
                Ok(()) => return Found::Behind(number, Claimed(pointer)),
                Err(Status::Stopped) if stopped => return Found::Behind(number, Claimed(pointer)),
                Err(_) => *waits = true,
            }
        }
        if until < places.places.len() { Found::NotYet(until) } else { Found::End }
    }

    /// Calls `visit` with the name of each mutator whose open scope keeps a hand-shake waiting.
    pub(crate) fn for_each_open(&self, asked: Asked, mut visit: impl FnMut(u32, Option<&str>)) {
        for (number, place) in self.places.lock().places.iter().enumerate() {
            let Some(pointer) = place.mutator else { continue };
            // SAFETY: as above.
            let state = unsafe { &(*pointer.as_ptr()).state };
            if state.seen() != asked && state.status() == Status::Open {
                visit(number as u32, place.name.as_deref());
            }
        }
    }

    /// Calls `visit` with the number and name of each mutator, and the words that it held at the end of its last scope.
    pub(crate) fn for_each_use(&self, mut visit: impl FnMut(u32, Option<&str>, usize)) {
        for (number, place) in self.places.lock().places.iter().enumerate() {
            let Some(pointer) = place.mutator else { continue };
            // SAFETY: it has its place, so it was not dropped; this atomic may be looked at by anyone.
            let words = unsafe { &(*pointer.as_ptr()).use_words };
            visit(number as u32, place.name.as_deref(), words.load(Ordering::Relaxed));
        }
    }

    /// Stops the mutators that are closed, and those made from now on. Returns whether all are stopped.
    pub(crate) fn stop(&self) -> bool {
        let mut places = self.places.lock();
        places.is_stopped = true;
        let mut all = true;
        for pointer in places.places.iter().filter_map(|place| place.mutator) {
            // SAFETY: as above.
            let state = unsafe { &(*pointer.as_ptr()).state };
            all &= matches!(state.stop(), Ok(()) | Err(Status::Stopped));
        }
        all
    }

    /// Lets the stopped mutators go on.
    pub(crate) fn resume(&self) {
        let mut places = self.places.lock();
        places.is_stopped = false;
        for pointer in places.places.iter().filter_map(|place| place.mutator) {
            // SAFETY: as above.
            let state = unsafe { &(*pointer.as_ptr()).state };
            if state.status() == Status::Stopped {
                state.close(state.seen());
            }
        }
    }

    /// Calls `visit` with every mutator. The caller has stopped all of them.
    pub(crate) fn for_each_stopped(&self, mut visit: impl FnMut(&MutatorCore)) {
        let places = self.places.lock();
        debug_assert!(places.is_stopped);
        for pointer in places.places.iter().filter_map(|place| place.mutator) {
            visit(Claimed(pointer).mutator());
        }
    }
}
