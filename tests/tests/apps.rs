//! Plays every app of `apps/`, each on a desktop of its own: its `play.txt` is a script of clicks, keys and assertions.

use halt::golden;
use halt::input::{Gesture, Point};
use halt::machine::{Machine, Size};
use halt::native::Native;
use halt::picture::{Area, Picture};
use halt::player::{self, Desktop, Stage};
use halt::script;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(halt::workspace().join("apps")).unwrap().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Opens the app of a folder on a fresh desktop and plays its file. Returns what is wrong.
fn played(folder: &Path) -> Result<(), String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let file = format!("apps/{name}/play.txt");
    let text =
        std::fs::read_to_string(folder.join("play.txt")).map_err(|error| format!("{file}: {error}"))?;
    let lines = script::parse(&file, &text).map_err(|error| error.to_string())?;
    let asserts =
        lines.iter().filter(|line| matches!(line.step, script::Step::See(_) | script::Step::Expect(_)));
    if asserts.count() == 0 {
        return Err(format!("{file}: asserts nothing"));
    }
    let machine = Machine { cpus: 2, size: Some(Size { width: 1280, height: 800 }), ..Machine::default() };
    let mut desktop = Native::boot(&machine).map_err(|error| error.to_string())?;
    let outcome =
        player::open_alone(&mut desktop, &name).and_then(|()| player::play(&mut desktop, &lines, |_| {}));
    // The desktop runs until this process ends: what a demo goes on with would slow the others down.
    let ended = desktop.lisp("(run! (fn [run] (kill (:pid run))) (vals @running-apps))");
    let outcome = outcome.and(ended.map(|_| ()));
    let log = desktop.log();
    let errors: Vec<_> = log.lines().filter(|line| line.starts_with(&format!("{name}: "))).collect();
    match outcome {
        Err(error) => Err(format!("{error}\n{}", errors.join("\n"))),
        Ok(()) if errors.is_empty() => Ok(()),
        Ok(()) => Err(format!("{file}: the log has errors\n{}", errors.join("\n"))),
    }
}

/// All of them, or the one that `HALT_APP` names.
#[test]
fn every_app_plays() {
    let only = std::env::var("HALT_APP").ok();
    let wanted = |folder: &&PathBuf| only.as_deref().is_none_or(|name| folder.ends_with(name));
    let problems: Vec<_> =
        folders().iter().filter(wanted).filter_map(|folder| played(folder).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// apps/README.md counts the lines of the 7GUIs beside those of others.
#[test]
fn the_7guis_have_as_many_lines_as_the_table_says() {
    let apps = halt::workspace().join("apps");
    let page = std::fs::read_to_string(apps.join("README.md")).unwrap();
    let rows: Vec<Vec<_>> = page
        .lines()
        .filter(|line| line.ends_with('|') && line.matches('|').count() == 5)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let tasks = rows.iter().filter_map(|row| Some((row[1], row[2].parse::<usize>().ok()?)));
    let tasks: Vec<_> = tasks.collect();
    assert_eq!(tasks.len(), 7, "{rows:?}");
    for (task, told) in tasks {
        let text = std::fs::read_to_string(apps.join(task).join("app.clj")).unwrap();
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with(';');
        assert_eq!(text.lines().filter(is_code).count(), told, "{task}");
    }
    let counter = std::fs::read_to_string(apps.join("counter/app.clj")).unwrap();
    assert!(counter.lines().count() <= 10);
}

/// The toolkit's nodes with their examples, as docs/APPS.md has them: `### `:tag`` and the first block of code after it.
fn examples() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(halt::workspace().join("docs/APPS.md")).unwrap();
    let sections = page.split("\n### `:").skip(1);
    let example = |section: &str| {
        let (tag, rest) = section.split_once('`')?;
        let code = rest.split("```clojure\n").nth(1)?.split("```").next()?;
        Some((tag.to_string(), code.trim().to_string()))
    };
    sections.map(|section| example(section).unwrap_or_else(|| panic!("no example: {section}"))).collect()
}

/// The rectangle that an expression gives, once there is one.
fn place(desktop: &mut Native, find: &str) -> Option<[u32; 4]> {
    (0..600).find_map(|_| {
        desktop.sync().unwrap();
        player::numbers(&desktop.lisp(find).unwrap())?.try_into().ok()
    })
}

/// Pixels around what an example draws.
const MARGIN: u32 = 10;

/// What differs from the ground, which the corner shows, and a margin around it.
fn trimmed(picture: &Picture) -> Picture {
    let ground = Picture::filled(picture.width(), picture.height(), picture.pixel(0, 0).unwrap());
    let drawn = picture.difference(&ground).expect("an example draws something");
    let (x, y) = (drawn.x.saturating_sub(MARGIN), drawn.y.saturating_sub(MARGIN));
    picture.crop(Area {
        x,
        y,
        width: drawn.x + drawn.width + MARGIN - x,
        height: drawn.y + drawn.height + MARGIN - y,
    })
}

/// Each is drawn in the light theme, as its picture in docs/nodes shows it, and the page shows that picture.
#[test]
fn the_pictures_of_the_toolkits_nodes_are_what_their_examples_draw() {
    let page = std::fs::read_to_string(halt::workspace().join("docs/APPS.md")).unwrap();
    let machine = Machine { cpus: 2, size: Some(Size { width: 640, height: 480 }), ..Machine::default() };
    let mut desktop = Native::boot(&machine).unwrap();
    let names = "(do (def save identity) (def rename identity) (def write identity) (def toggle identity) (def turn identity) (def undo identity)
      (def photo (image 64 48 (for [y (range 48) x (range 64)] (+ (* 65536 3 x) (* 256 4 y) 160))))
      (change-settings! {:theme :light}))";
    desktop.lisp(names).unwrap();
    desktop.play(&Gesture::Move(Point { x: 632, y: 4 })).unwrap();
    let mut problems = Vec::new();
    let examples = examples();
    assert!(examples.len() > 20, "{examples:?}");
    for (number, (tag, code)) in examples.iter().enumerate() {
        let example = format!("[:column {{:pad 12}} [:column {{:key [:example {number}]}} {code}]]");
        let shown = match tag.as_str() {
            // It is of the desktop's scenes, not of an app's; a window is in one place only.
            "surface" => format!(
                "(let [scene halt.shell/scene]
                   (var-root* #'halt.shell/scene (fn [d] [:stack (scene d) [:box {{:width 340 :height 260 :fill :surface}} {example}]]))
                   (swap! halt.shell/desktop (fn [d] (assoc (halt.shell/minimize d 1) :example {number})))
                   (send-shell {{:type :paint}}))"
            ),
            _ => format!(
                "(do (defapp node {{:place [0 0] :width 340 :height 260}} (fn [_] {example}))
                     (when-not (app-state \"node\") (open-app \"node\")) nil)"
            ),
        };
        desktop.lisp(&shown).unwrap();
        let find = format!(
            "(:rect (first (filter (fn [part] (= [:example {number}] (:key part)))
                                   (mapcat (comp window-parts :id) (:windows @halt.shell/desktop)))))"
        );
        let [x, y, width, height] = if tag == "surface" {
            desktop.sync().unwrap();
            [12, 12, 316, 110]
        } else {
            place(&mut desktop, &find).unwrap_or_else(|| panic!("{tag} is not shown"))
        };
        let around =
            Area { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
        let picture = trimmed(&desktop.raw_picture().unwrap().crop(around));
        problems.extend(golden::check_doc("nodes", tag, &picture).err().map(|error| error.to_string()));
        if !page.contains(&format!("](nodes/{tag}.png)")) {
            problems.push(format!("docs/APPS.md does not show nodes/{tag}.png"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What the shell itself shows, each as a change of the desktop's value.
const SHELL_SCENES: [(&str, &str); 11] = [
    ("windows", "(update-window (halt.shell/raise d 1) 1 (fn [w] (assoc w :error \"view: apps/counter.clj:4:9: no such name: frobnicate\")))"),
    ("launcher", "(assoc d :menu :launcher :menu-at 2 :query \"\")"),
    ("search", "(assoc d :menu :launcher :menu-at 0 :query \"time\")"),
    ("menu", "(assoc d :menu {:window 1 :x 560 :y 400} :menu-at 3)"),
    ("switcher", "(assoc d :switch {:ids [1 2] :at 1})"),
    ("calendar", "(assoc d :menu :calendar :month-step 0)"),
    ("notices", "(assoc d :menu :notices :menu-at 1 :notices notices)"),
    ("toasts", "(assoc d :unread 2 :toasts notices)"),
    ("keys", "(assoc d :help? true)"),
    (
        "timeline",
        "(assoc d :fork {} :travel {:snaps (mapv (fn [i] {:time-us (* 2000000 i)}) (range 40)) :at 25 :now {:time-us 80000000}
                                    :id nil :memory [31457280 268435456]})",
    ),
    ("tip", "(assoc d :tip {:shown? true :text \"Close: Alt+F4\" :x 600 :y 60 :above 40})"),
];

/// Figures and clock stand still for them, on the smallest screen there is and on plain ground.
#[test]
fn the_scenes_of_the_shell_are_as_they_were() {
    let machine = Machine { cpus: 2, size: Some(Size { width: 640, height: 480 }), ..Machine::default() };
    let mut desktop = Native::boot(&machine).unwrap();
    desktop.play(&Gesture::Move(Point { x: 2, y: 2 })).unwrap();
    desktop
        .lisp(
            "(do (def notices [{:id 101 :title \"Timer\" :text \"5:00 is over\" :clock \"12:04\" :until-us (+ 900000000 (time-us))}
                               {:id 102 :title \"Editor\" :text \"counter is evaluated; its windows show it, and keep their states\" :clock \"12:34\" :until-us (+ 900000000 (time-us))}])
                 (var-root* #'halt.shell/look-around! identity)
                 (var-root* #'halt.shell/toast-us 1000000000)
                 (change-settings! {:wallpaper :plain}))",
        )
        .unwrap();
    let mut problems = Vec::new();
    for theme in ["light", "dark", "high-contrast"] {
        desktop.lisp(&format!("(change-settings! {{:theme :{theme}}})")).unwrap();
        desktop.sync().unwrap();
        desktop
            .lisp("(def still (swap! halt.shell/desktop assoc :clock \"12:34\" :now 1700000040 :gauges {:load [5 2] :memory 3 :painting? true}))")
            .unwrap();
        for (name, change) in SHELL_SCENES {
            desktop
                .lisp(&format!(
                    "(do (reset! halt.shell/desktop (let [d still update-window @#'halt.shell/update-window] {change})) (send-shell {{:type :pointer-move}}))"
                ))
                .unwrap();
            let seen = desktop.picture().unwrap();
            problems.extend(golden::check(&format!("shell-{name}-{theme}"), &seen).err());
        }
        desktop.lisp("(reset! halt.shell/desktop still)").unwrap();
    }
    let mut problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.extend(desktop.log().lines().filter(|line| line.contains("shell: ")).map(String::from));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
