//! Who runs next: a queue of those with precedence, one of evaluations, one of all others, and the teams that rest.
//!
//! Enter at [`RunQueue::push`] and [`RunQueue::pop`]. Precedence have the shell and the app in front: whoever sits at the
//! machine waits for these two. For an evaluation somebody waits too, in a REPL or at the development port; it goes on
//! beside thousands of other processes, and a thousand evaluations do not stand before the shell.
//!
//! Invariant: of [`TURNS`] turns one is the evaluations' and one the others', if any wait. So nobody starves, whoever has
//! precedence and however many others there are.

use crate::process::Process;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crossbeam_queue::SegQueue;
use spin::Mutex;

/// Of so many turns one is the evaluations' and one the others', if any wait; the rest is for those with precedence.
const TURNS: usize = 4;

/// The processes that are to run.
#[derive(Default)]
pub(crate) struct RunQueue {
    first: SegQueue<Arc<Process>>,
    evaluations: SegQueue<Arc<Process>>,
    others: SegQueue<Arc<Process>>,
    turn: AtomicUsize,
}

impl RunQueue {
    /// Queues a process behind those of its kind.
    pub(crate) fn push(&self, process: Arc<Process>) {
        let queue = match (process.has_precedence.load(Ordering::Relaxed), process.is_evaluation) {
            (true, _) => &self.first,
            (false, true) => &self.evaluations,
            (false, false) => &self.others,
        };
        queue.push(process);
    }

    /// Takes the process whose turn it is.
    pub(crate) fn pop(&self) -> Option<Arc<Process>> {
        let RunQueue { first, evaluations, others, turn } = self;
        // A look costs less than to pop nothing; turns count where more than one kind may wait.
        if first.is_empty() && evaluations.is_empty() {
            return others.pop();
        }
        let order = match turn.fetch_add(1, Ordering::Relaxed) % TURNS {
            3 => [others, first, evaluations],
            2 => [evaluations, first, others],
            _ => [first, evaluations, others],
        };
        order.into_iter().find_map(SegQueue::pop)
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.evaluations.is_empty() && self.others.is_empty()
    }
}

/// An app's process, which heads it, and all that it spawned. While a team rests, its members get no core; its head,
/// who answers for the window, does.
#[derive(Default)]
pub(crate) struct Team {
    is_resting: AtomicBool,
    /// Members whose turn came while the team rested.
    shelf: Mutex<Vec<Arc<Process>>>,
}

impl Team {
    /// Puts a member aside whose turn it is, if the team rests. One that is to be ended is not put aside.
    pub(crate) fn shelve(&self, process: &Arc<Process>) -> bool {
        if process.heads_team || !self.is_resting.load(Ordering::Acquire) {
            return false;
        }
        let mut shelf = self.shelf.lock();
        // Again, as both may have changed: who changes them looks at the shelf afterwards.
        let stays = self.is_resting.load(Ordering::Acquire) && !process.is_killed.load(Ordering::Acquire);
        if stays {
            shelf.push(process.clone());
        }
        stays
    }

    /// Lets the team rest from now on, or go on. Returns those whose turn has come meanwhile.
    pub(crate) fn set_resting(&self, is_resting: bool) -> Vec<Arc<Process>> {
        self.is_resting.store(is_resting, Ordering::Release);
        let mut shelf = self.shelf.lock();
        if is_resting { Vec::new() } else { core::mem::take(&mut *shelf) }
    }

    /// Takes one that is to be ended off the shelf.
    pub(crate) fn unshelve(&self, process: &Process) -> Option<Arc<Process>> {
        let mut shelf = self.shelf.lock();
        let at = shelf.iter().position(|other| other.pid == process.pid)?;
        Some(shelf.swap_remove(at))
    }

    /// Whether a process is put aside.
    pub(crate) fn has_shelved(&self, process: &Process) -> bool {
        self.shelf.lock().iter().any(|other| other.pid == process.pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Answer, ProcessSpec, Start};
    use alloc::string::String;

    fn process(pid: u64, has_precedence: bool, team: Option<Arc<Team>>) -> Arc<Process> {
        let process = made(pid, false, team);
        process.has_precedence.store(has_precedence, Ordering::Relaxed);
        process
    }

    fn made(pid: u64, is_evaluation: bool, team: Option<Arc<Team>>) -> Arc<Process> {
        let spec = ProcessSpec {
            name: String::new(),
            parent: 0,
            is_privileged: false,
            confined: None,
            answer: Answer::Nobody,
            is_evaluation,
            team,
            start: Start::source("", String::new()),
        };
        Arc::new(Process::new(pid, spec))
    }

    /// Runs processes that always want to go on: which came in so many turns.
    fn turns(processes: &[Arc<Process>], count: usize) -> Vec<u64> {
        let queue = RunQueue::default();
        processes.iter().for_each(|process| queue.push(process.clone()));
        let turn = |_| {
            let process = queue.pop()?;
            queue.push(process.clone());
            Some(process.pid)
        };
        (0..count).filter_map(turn).collect()
    }

    #[test]
    fn who_has_precedence_gets_three_turns_of_four() {
        let two = [process(1, false, None), process(2, true, None)];
        assert_eq!(turns(&two, 8), [2, 2, 2, 1, 2, 2, 2, 1]);
        let four = [
            process(1, false, None),
            process(2, true, None),
            process(3, true, None),
            process(4, false, None),
        ];
        assert_eq!(turns(&four, 8), [2, 3, 2, 1, 3, 2, 3, 4]);
    }

    #[test]
    fn an_evaluation_gets_its_turn_beside_any_number_of_others() {
        let mut all: Vec<_> = (10..2_010).map(|pid| process(pid, false, None)).collect();
        all.push(made(1, true, None));
        assert_eq!(turns(&all, 8), [1, 1, 1, 10, 1, 1, 1, 11]);
        all.push(process(2, true, None));
        assert_eq!(turns(&all, 8), [2, 2, 1, 10, 2, 2, 1, 11]);
    }

    #[test]
    fn many_evaluations_stand_in_front_of_nobody() {
        let mut all: Vec<_> = (10..1_010).map(|pid| made(pid, true, None)).collect();
        all.push(process(2, true, None));
        assert_eq!(turns(&all, 4), [2, 2, 10, 2]);
        all.push(process(1, false, None));
        assert_eq!(turns(&all, 8), [2, 2, 10, 1, 2, 2, 11, 1]);
    }

    #[test]
    fn alone_any_kind_gets_every_turn() {
        assert_eq!(turns(&[process(1, false, None), process(2, false, None)], 5), [1, 2, 1, 2, 1]);
        assert_eq!(turns(&[process(1, true, None)], 5), [1; 5]);
        assert_eq!(turns(&[], 5), []);
    }

    #[test]
    fn a_team_rests_but_for_its_head_and_those_to_be_ended() {
        let head = process(1, false, None);
        let team = head.team.clone();
        let (member, doomed) = (process(2, false, Some(team.clone())), process(3, false, Some(team.clone())));
        assert!(!team.shelve(&member), "it does not rest yet");
        assert!(team.set_resting(true).is_empty());
        assert!(!team.shelve(&head));
        assert!(team.shelve(&member) && team.has_shelved(&member));
        assert!(team.shelve(&doomed));
        doomed.is_killed.store(true, Ordering::Relaxed);
        assert_eq!(team.unshelve(&doomed).map(|process| process.pid), Some(3));
        assert!(!team.shelve(&doomed), "it has to run to end");
        assert!(team.set_resting(true).is_empty(), "resting twice lets nobody go");
        let awake: Vec<_> = team.set_resting(false).iter().map(|process| process.pid).collect();
        assert_eq!(awake, [2]);
        assert!(!team.shelve(&member));
    }
}
