//! Which file imports which, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use crate::source::Crate;

/// Of each file that imports another one, the first path by which it does.
pub struct Imports {
    /// Of something that is defined there.
    defined: BTreeMap<(String, String), String>,
    /// Of something that is found there, be it by a re-export.
    named: BTreeMap<(String, String), String>,
}

/// From where to where, and the reason.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

impl Imports {
    pub fn of(sources: &Crate) -> Self {
        let (mut defined, mut named) = (BTreeMap::new(), BTreeMap::new());
        for (number, module) in sources.modules.iter().enumerate() {
            for path in &module.paths {
                let mut search = Search { sources, passed: BTreeSet::new(), open: Vec::new() };
                let found = search.resolve(number, path);
                let add = |to: &mut BTreeMap<_, _>, target: usize| {
                    let file = &sources.modules[target].file;
                    if *file != module.file {
                        to.entry((module.file.clone(), file.clone())).or_insert_with(|| path.join("::"));
                    }
                };
                for target in &found {
                    add(&mut defined, *target);
                }
                for target in search.passed.iter().chain(&found) {
                    add(&mut named, *target);
                }
            }
        }
        Self { defined, named }
    }

    /// What files like `from` name in files like `to`.
    pub fn from(&self, from: impl Fn(&str) -> bool, to: impl Fn(&str) -> bool) -> Vec<String> {
        let wrong = self.named.iter().filter(|((user, used), _)| from(user) && to(used));
        wrong.map(|((user, used), path)| format!("{user} imports {path} from {used}")).collect()
    }

    /// The files that define what a file names.
    pub fn of_file(&self, file: &str) -> Vec<&str> {
        self.defined.keys().filter(|(user, _)| user == file).map(|(_, used)| &**used).collect()
    }

    /// The shortest circle of each set of files that reach each other; where there is none, those of folders.
    pub fn circles(&self) -> Vec<String> {
        let files = self.circles_of(|file| Some(file.to_owned()));
        if !files.is_empty() {
            return files;
        }
        let mut found = Vec::new();
        let folders: BTreeSet<&str> = self.defined.keys().flat_map(|(user, _)| folders(user)).collect();
        for folder in folders {
            found.extend(self.circles_of(|file| room(folder, file)));
        }
        found
    }

    fn circles_of(&self, node: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut edges = Edges::new();
        for ((user, used), path) in &self.defined {
            let (Some(from), Some(to)) = (node(user), node(used)) else { continue };
            if from != to {
                let why = format!("{user} imports {path} from {used}");
                edges.entry(from).or_default().entry(to).or_insert(why);
            }
        }
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            edges.keys().map(|start| (start, reachable(&edges, start))).collect();
        let mut told = BTreeSet::new();
        let mut found = Vec::new();
        for start in edges.keys() {
            let each_other: BTreeSet<&String> = reach[start]
                .iter()
                .copied()
                .filter(|to| reach.get(to).is_some_and(|from| from.contains(start)))
                .collect();
            if told.insert(each_other.clone()) && !each_other.is_empty() {
                let circles = each_other.iter().filter_map(|node| shortest_circle(&edges, node));
                found.extend(circles.min_by_key(Vec::len).map(|steps| steps.join(",\n    ")));
            }
        }
        found
    }
}

/// The folders that a file is in, the outermost (`""`) included.
fn folders(file: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(file.match_indices('/').map(|(end, _)| &file[..=end]))
}

/// What a folder has of a file directly in it: the file, or the folder that holds it. A file `a.rs` is part of the folder
/// `a`; `lib.rs` and `mod.rs` are the door of the folder itself.
fn room(folder: &str, file: &str) -> Option<String> {
    let inside = file.strip_prefix(folder)?;
    let name = inside.split_once('/').map_or(inside, |(folder, _)| folder).trim_end_matches(".rs");
    (!["lib", "mod"].contains(&name)).then(|| name.to_owned())
}

/// What can be reached from a node, itself only by a circle.
fn reachable<'a>(edges: &'a Edges, start: &'a String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        open.extend(edges.get(node).into_iter().flat_map(BTreeMap::keys).filter(|to| found.insert(*to)));
    }
    found
}

/// The reason of each step of the shortest way from a node back to it.
fn shortest_circle(edges: &Edges, start: &String) -> Option<Vec<String>> {
    let mut ways: Vec<(&String, Vec<String>)> = vec![(start, Vec::new())];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for (node, steps) in ways {
            for (to, why) in edges.get(node).into_iter().flatten() {
                let steps = [&*steps, from_ref(why)].concat();
                if to == start {
                    return Some(steps);
                }
                if seen.insert(to) {
                    longer.push((to, steps));
                }
            }
        }
        ways = longer;
    }
    None
}

/// The search for what a path names.
struct Search<'a> {
    sources: &'a Crate,
    /// The modules that it has led through.
    passed: BTreeSet<usize>,
    /// The names that are being looked up, each in a module: a name may lead back to itself.
    open: Vec<(usize, String)>,
}

impl Search<'_> {
    /// The modules that define what a path names in a module; none if that is in another crate.
    fn resolve(&mut self, module: usize, path: &[String]) -> BTreeSet<usize> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        match &**first {
            "crate" => self.walk(0, rest),
            "self" => self.walk(module, rest),
            "super" => self.walk(self.sources.modules[module].parent, rest),
            _ => self.look_up(module, first, rest).unwrap_or_default(),
        }
    }

    fn walk(&mut self, module: usize, path: &[String]) -> BTreeSet<usize> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::from([module]) };
        self.passed.insert(module);
        if first == "super" {
            return self.walk(self.sources.modules[module].parent, rest);
        }
        self.look_up(module, first, rest).unwrap_or_else(|| BTreeSet::from([module]))
    }

    /// What `name::rest` leads to from a module, or nothing if the module does not say what a name is.
    fn look_up(&mut self, module: usize, name: &String, rest: &[String]) -> Option<BTreeSet<usize>> {
        let sources = self.sources;
        let here = &sources.modules[module];
        let children: Vec<usize> = here.children.iter().filter(|(child, _)| child == name).map(|(_, of)| *of).collect();
        if !children.is_empty() {
            return Some(children.into_iter().flat_map(|child| self.walk(child, rest)).collect());
        }
        if here.items.contains(name) {
            return Some(BTreeSet::from([module]));
        }
        if let Some((_, of)) = sources.macros.iter().find(|(exported, _)| module == 0 && exported == name) {
            return Some(BTreeSet::from([*of]));
        }
        let looking = (module, name.clone());
        if self.open.contains(&looking) {
            return None;
        }
        self.open.push(looking);
        let named = here.uses.iter().filter(|one| one.name.as_ref() == Some(name));
        let mut found: Vec<BTreeSet<usize>> =
            named.map(|one| self.resolve(module, &[&*one.path, rest].concat())).collect();
        if found.is_empty() {
            for all in here.uses.iter().filter(|one| one.name.is_none()) {
                let of = self.resolve(module, &all.path);
                found.extend(of.into_iter().filter_map(|of| self.look_up(of, name, rest)));
            }
        }
        self.open.pop();
        (!found.is_empty()).then(|| found.into_iter().flatten().collect())
    }
}
