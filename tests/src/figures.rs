//! The figures of a guest, one JSON object a line: `name`, `value` and `unit`.
//!
//! Enter at [`print`]. The unit is the end of the name, as our names have it (`boot_us` is in `us`).

use crate::error::{Error, Result, naming};
use crate::guest::Guest;
use crate::input::{Gesture, Point};
use crate::machine::Machine;
use serde_json::{Value, json};
use std::path::Path;

/// How many moves of the pointer the latency is measured over.
const MOVES: u32 = 200;

/// Moves the pointer about, and prints every figure there is.
pub fn print(guest: &mut Guest, machine: &Machine, efi: &Path) -> Result<()> {
    let size = guest.size();
    for step in 0..MOVES {
        // Across the whole screen in a zigzag, so that a move crosses windows as well as wallpaper.
        let to = Point { x: (step * 97) % size.width, y: (step * 61) % size.height };
        for batch in Gesture::Move(to).batches(size) {
            guest.send_input(&batch)?;
            guest.sync()?;
        }
    }
    let stats = guest.stats()?;
    let stats: Value =
        serde_json::from_str(&stats).map_err(|error| Error::failed(format!("stats: {error}: {stats}")))?;
    let efi_bytes = std::fs::metadata(efi).map_err(naming(efi.display()))?.len();
    let mut figures = vec![
        ("guest_cpus".to_string(), json!(machine.cpus)),
        ("guest_memory_mib".to_string(), json!(machine.memory_mib)),
        ("halt_efi_bytes".to_string(), json!(efi_bytes)),
    ];
    flatten("", &stats, &mut figures);
    for (name, value) in figures {
        println!("{}", json!({ "unit": unit(&name), "value": value, "name": name }));
    }
    Ok(())
}

/// Lists every number and text in a value under the path to it.
fn flatten(path: &str, value: &Value, figures: &mut Vec<(String, Value)>) {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(&below(name), value, figures))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| flatten(&below(&at.to_string()), value, figures));
        }
        Value::Null => {}
        _ => figures.push((path.to_string(), value.clone())),
    }
}

/// The unit that a name says, else `count`.
fn unit(name: &str) -> &'static str {
    let units = ["us", "ms", "ns", "bytes", "mib", "percent", "fps"];
    let words = || name.rsplit(['_', '.']);
    words().find_map(|word| units.into_iter().find(|unit| *unit == word)).unwrap_or("count")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stats_are_flattened() {
        let mut figures = Vec::new();
        let stats = json!({ "boot": { "ready_us": 7, "none": null }, "tiles": [1, 2], "mode": "tcg" });
        flatten("", &stats, &mut figures);
        figures.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [
            ("boot.ready_us", json!(7)),
            ("mode", json!("tcg")),
            ("tiles.0", json!(1)),
            ("tiles.1", json!(2)),
        ];
        assert_eq!(figures, expected.map(|(name, value)| (name.to_string(), value)));
    }

    #[test]
    fn units_are_read_off_names() {
        for (name, expected) in [
            ("boot.ready_us", "us"),
            ("pause_us_max", "us"),
            ("heap_bytes", "bytes"),
            ("frames", "count"),
            ("bonus", "count"),
        ] {
            assert_eq!(unit(name), expected, "{name}");
        }
    }
}
