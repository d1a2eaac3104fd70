//! A crate as its files say it: the tree of modules, what each defines, and the paths that its code names.

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Meta, Token, UseTree, Visibility};

pub struct Crate {
    /// The first one is the root.
    pub modules: Vec<Module>,
    pub files: Vec<File>,
    /// Macros with `#[macro_export]`, which are named as if the root defined them, and the module that does.
    pub macros: Vec<(String, usize)>,
}

/// A file outside of tests, named by its path below `src`.
pub struct File {
    pub name: String,
    pub text: String,
}

/// A module in a file of its own, or one within braces.
#[derive(Default)]
pub struct Module {
    pub file: String,
    pub parent: usize,
    /// Two of one name are for different features.
    pub children: Vec<(String, usize)>,
    pub items: Vec<String>,
    pub uses: Vec<Use>,
    /// Every path of more than one name that its code names, those of `uses` included.
    pub paths: Vec<Vec<String>>,
}

/// One name that a `use` brings into scope, or all of a module's.
#[derive(Clone)]
pub struct Use {
    /// Nothing for `*`.
    pub name: Option<String>,
    pub path: Vec<String>,
}

/// The text of a file by its path below `src`.
type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Crate {
    pub fn read(read: Read<'_>) -> Self {
        let mut this = Self { modules: vec![Module::default()], files: Vec::new(), macros: Vec::new() };
        this.file(0, "lib.rs", "", read);
        this
    }

    /// Reads the file of a module; the files of its children are below `folder`.
    fn file(&mut self, module: usize, name: &str, folder: &str, read: Read<'_>) {
        let text = read(name).unwrap_or_else(|| panic!("there is no file {name}"));
        let mut parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        name.clone_into(&mut self.modules[module].file);
        self.files.push(File { name: name.to_owned(), text });
        self.items(module, &mut parsed.items, folder, read);
    }

    fn items(&mut self, module: usize, items: &mut [Item], folder: &str, read: Read<'_>) {
        for item in items.iter_mut().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(child) => self.child(module, child, folder, read),
                Item::Use(declared) => {
                    let uses = uses(declared);
                    self.modules[module].paths.extend(uses.iter().map(|one| one.path.clone()));
                    self.modules[module].uses.extend(uses);
                }
                item => {
                    if let Some(name) = defines(item) {
                        if attributes(item).iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                            self.macros.push((name.clone(), module));
                        }
                        self.modules[module].items.push(name);
                    }
                    let mut paths = Paths::default();
                    paths.visit_item_mut(item);
                    self.modules[module].paths.extend(paths.0);
                }
            }
        }
    }

    fn child(&mut self, parent: usize, declared: &mut ItemMod, folder: &str, read: Read<'_>) {
        let name = declared.ident.to_string();
        let module = self.modules.len();
        self.modules.push(Module { parent, file: self.modules[parent].file.clone(), ..Module::default() });
        self.modules[parent].children.push((name.clone(), module));
        let below = format!("{folder}{name}/");
        if let Some((_, items)) = &mut declared.content {
            self.items(module, items, &below, read);
        } else if let Some(path) = path_attribute(&declared.attrs) {
            let beside = self.modules[parent].file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let file = if beside.is_empty() { path } else { format!("{beside}/{path}") };
            let below = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            self.file(module, &file, &below, read);
        } else {
            let file = format!("{folder}{name}.rs");
            let file = if read(&file).is_some() { file } else { format!("{below}mod.rs") };
            self.file(module, &file, &below, read);
        }
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(path) if path.path.is_ident("path") => match &path.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defines(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Whether an item is there for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(|predicate| needs_test(&predicate))
    })
}

/// Whether the predicate of a `cfg` is false without `test`.
fn needs_test(predicate: &Meta) -> bool {
    let Meta::List(list) = predicate else { return predicate.path().is_ident("test") };
    let Ok(inner) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else { return false };
    if list.path.is_ident("all") {
        inner.iter().any(needs_test)
    } else {
        list.path.is_ident("any") && inner.iter().all(needs_test)
    }
}

/// What a `use` brings into scope, but for what it takes from crates by a leading `::`.
fn uses(item: &ItemUse) -> Vec<Use> {
    fn collect(tree: &UseTree, path: &[String], into: &mut Vec<Use>) {
        let with = |name: &str| [path, &[name.to_owned()]].concat();
        match tree {
            UseTree::Path(inner) => collect(&inner.tree, &with(&inner.ident.to_string()), into),
            UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, path, into)),
            UseTree::Glob(_) => into.push(Use { name: None, path: path.to_vec() }),
            UseTree::Name(name) if name.ident == "self" => {
                into.push(Use { name: path.last().cloned(), path: path.to_vec() });
            }
            UseTree::Name(name) => {
                into.push(Use { name: Some(name.ident.to_string()), path: with(&name.ident.to_string()) });
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { path.to_vec() } else { with(&rename.ident.to_string()) };
                into.push(Use { name: Some(rename.rename.to_string()), path });
            }
        }
    }
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        collect(&item.tree, &[], &mut found);
    }
    found
}

/// The paths that code names. It changes nothing: `VisitMut` is what other crates have syn built with.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn add(&mut self, path: Vec<String>) {
        if path.len() > 1 {
            self.0.push(path);
        }
    }

    /// Those within a macro, whose syntax is its own.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        // The colons since the last name; those before the first one lead into another crate.
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 || path.is_empty() {
                        self.add(std::mem::take(&mut path));
                    }
                    if colons != 2 || !path.is_empty() {
                        path.push(name.to_string());
                    }
                    colons = 0;
                }
                token => {
                    self.add(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = token {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.add(path);
    }
}

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if path.leading_colon.is_none() {
            self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit_mut::visit_path_mut(self, path);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        if !is_test(attributes(item)) {
            visit_mut::visit_item_mut(self, item);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit_mut::visit_impl_item_fn_mut(self, function);
        }
    }

    fn visit_item_use_mut(&mut self, item: &mut ItemUse) {
        for one in uses(item) {
            self.add(one.path);
        }
    }

    fn visit_macro_mut(&mut self, called: &mut Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        // These hold the code of another crate.
        if !["quote", "quote_spanned", "parse_quote", "parse_quote_spanned"].contains(&&*name) {
            self.tokens(called.tokens.clone());
        }
    }

    // Neither imports anything.
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
    fn visit_visibility_mut(&mut self, _: &mut Visibility) {}
}
