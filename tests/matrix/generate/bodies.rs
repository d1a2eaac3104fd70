//! What a body does with the outcome of its one step. `TOUCH` is what a shape does to its parameters before, `VALUE` what it
//! makes of the number `n`.

/// The name and the text of each body.
pub(crate) const BODIES: &[(&str, &str)] = &[
    ("in_place", "{ TOUCH match STEP { Ok(n) => Ok(VALUE), Err(error) => Err(error) } }"),
    ("question", "{ TOUCH let n = STEP?; Ok(VALUE) }"),
    ("early", "{ TOUCH let n = match STEP { Ok(n) => n, Err(error) => return Err(error) }; return Ok(VALUE); }"),
    ("in_loop", "{ TOUCH loop { match STEP { Ok(n) => break Ok(VALUE), Err(error) => return Err(error) } } }"),
    ("by_macro", "{ TOUCH let n = attempt!(STEP); Ok(VALUE) }"),
];
