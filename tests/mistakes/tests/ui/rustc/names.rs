use persevere::retry;

struct Failed;

#[retry(on = |_| true)]
fn unknown_name() -> Result<u32, Failed> {
    Ok(nowhere)
}

#[retry(on = |_| true)]
fn generated_names_are_hidden() -> Result<u32, Failed> {
    __persevere_call = 1;
    Ok(1)
}

fn main() {}
