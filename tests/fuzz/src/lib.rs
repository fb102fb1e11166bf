//! Every place where bytes from outside are read, each as a plain function that takes any bytes at all.
//!
//! `make fuzz` runs each under libFuzzer, steered by coverage; what it found, and what it started from, lies in
//! `corpus/NAME/` and is read again by `tests/replay.rs` in every `make test`. A function here returns whatever its input
//! is. It panics when the decoder panics, or when what was read breaks a promise of the decoder (what is written is read
//! back, what is refused changes nothing).
//!
//! A signature, a hash or a checksum is more than a fuzzer guesses, and it would never come past one. So besides the bytes
//! as they come each function takes them as what stands *behind* the check, and makes the check fit: an envelope is signed
//! by whom it names, a frame of a stick is sealed, a part of a workbook is zipped.
//!
//! | bytes that come in | from | read by | target |
//! |---|---|---|---|
//! | items: envelope, payload of every kind, passports | line, neighbour, stick | `sync::item`, `payload`, `trust`, `serve` | [`item`] |
//! | bodies of `POST /sync`, both ways, versions 1 and 2 | line, neighbour | `sync::wire` | [`sync`] |
//! | repair messages in them | line, neighbour | `sync::repair` | [`repair`] |
//! | the center's and a neighbour's answers, headers included | line, neighbour | `sync::protocol` | [`answer`] |
//! | parts of a bundle, parcels | stick, neighbour | `sync::bundle`, age | [`bundle`] |
//! | changes and whole documents of applications and cases | items, disk | `records`, Automerge | [`document`] |
//! | workbooks and lists: the package, its XML, `.csv` | console | `matters::workbook`, calamine, zip | [`workbook`] |
//! | the cells of workbooks, and the forms they make | console, items | `matters` | [`cells`] |
//! | expressions, and what they are computed over | workbooks | `matters::form` | [`expression`] |
//! | answers of an application, rows included | items | `matters::form` | [`answers`] |
//! | photographs and scans; what the console draws anew | camera, tus, console | `scan`, image, zune-jpeg | [`picture`] |
//! | requests to the center: tus, exchanges, parcels, enrolment, routing, bodies in JSON | line | `center::routes` | [`request`] |
//! | the file of keys behind the PINs, and how the screen looks | disk | `station::keys`, `preferences` | [`keys`] |
//! | custody files | anybody | `custody` | [`custody`] |
//! | codes of a device nearby, the center's events and its answer to an enrolment, headers of devices | QR, line, neighbour | `station::near`, `link`, `sync::tus`, `auth` | [`text`] |
//!
//! A neighbour's requests are read by the decoders of the same items, exchanges, parcels and headers.
//!
//! Not here: TLS and HTTP (rustls, hyper) and multicast DNS (mdns-sd), which read the network before us; what a person who
//! has signed in sends in JSON, which serde reads into plain structs; pages of SQLite, which are authenticated before they are
//! read, and in which the tests of the station turn bits; workbooks in the old binary format, which are read for forms by
//! themselves, and these no program of ours takes from outside.

mod answer;
mod answers;
mod bundle;
mod cells;
mod custody;
mod district;
mod document;
mod expression;
mod item;
mod keys;
mod package;
mod picture;
mod repair;
mod request;
mod sync;
mod text;
mod workbook;

pub use answer::answer;
pub use answers::answers;
pub use bundle::bundle;
pub use cells::cells;
pub use custody::custody;
pub use district::{NOW, SCOPE, author, base, center, device, document_id, envelope, grant, grants};
pub use document::document;
pub use expression::expression;
pub use item::item;
pub use keys::keys;
pub use picture::picture;
pub use repair::{held, repair};
pub use request::request;
pub use sync::sync;
pub use text::text;
pub use workbook::workbook;

/// A decoder by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them; the name is that of a folder in `corpus/`.
pub const TARGETS: [Target; 15] = [
    ("item", item),
    ("sync", sync),
    ("repair", repair),
    ("answer", answer),
    ("bundle", bundle),
    ("document", document),
    ("workbook", workbook),
    ("cells", cells),
    ("expression", expression),
    ("answers", answers),
    ("picture", picture),
    ("request", request),
    ("keys", keys),
    ("custody", custody),
    ("text", text),
];

/// Pieces one after the other, each after its length in two bytes: how a target takes several inputs in one.
pub fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (piece, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
