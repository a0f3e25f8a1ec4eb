//! The system's figures, as one list that Lisp, the development port and the ready line share.

use crate::SystemCore;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

impl SystemCore {
    /// Every figure by name; units are in the names (`-us` microseconds, `-bytes`).
    pub(crate) fn figures(&self) -> Vec<(&'static str, u64)> {
        let mut figures = Vec::with_capacity(48);
        figures.push(("time-us", self.platform.now_us()));
        figures.push(("cores", self.platform.core_count() as u64));
        figures.push(("workers", self.workers() as u64));
        figures.push(("loader-us", self.config.loader_us));
        figures.push(("processes", self.processes.count() as u64));
        figures.push(("messages", self.messages.load(Ordering::Relaxed) as u64));
        figures.push(("lost-input", self.lost_input.load(Ordering::Relaxed)));
        self.screen.add_figures(&mut figures);
        let heap = self.heap.stats();
        figures.extend([
            ("arena-bytes", heap.arena_bytes as u64),
            ("old-live-bytes", heap.old_live_bytes as u64),
            ("free-bytes", heap.free_bytes as u64),
            ("minor-collections", heap.minors),
            ("major-collections", heap.majors),
            ("sliced-collections", heap.majors_sliced),
            ("evacuated-blocks", heap.blocks_evacuated),
            ("hand-shakes", heap.handshakes),
            ("hand-shake-max-us", heap.handshake_us_max),
            ("major-pause-max-us", heap.major_us_max),
            ("promoted-bytes", heap.promoted_bytes as u64),
            ("commits", heap.commits),
            ("retries", heap.retries),
        ]);
        figures
    }

    /// The figures as one line of JSON, dashes as underscores.
    pub(crate) fn stats_json(&self) -> String {
        let mut json = String::from("{");
        for (index, (name, value)) in self.figures().into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            json.push_str(&format!("{comma}\"{}\": {value}", name.replace('-', "_")));
        }
        json.push('}');
        json
    }
}
