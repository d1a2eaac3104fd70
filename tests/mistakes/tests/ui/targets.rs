use persevere::retry;

#[retry]
struct Struct;

#[retry]
pub enum Enum {}

#[retry]
impl Struct {}

#[retry]
mod module {}

trait Trait {
    #[retry]
    fn without_body(&self) -> std::io::Result<()>;
}

#[retry]
const fn constant() -> Result<(), std::io::Error> {
    Ok(())
}

#[retry]
fn no_return_type() {}

#[retry]
fn no_return_type_but_bounds<T>(_: T)
where
    T: Copy,
{
}

#[retry]
fn never() -> ! {
    loop {}
}

#[retry]
fn unit() -> () {}

#[retry]
fn tuple() -> (u32, u32) {
    (1, 2)
}

#[retry]
fn reference(text: &str) -> &str {
    text
}

fn main() {
    no_return_type();
    let _ = (constant(), unit(), tuple(), reference(""), Struct);
}
