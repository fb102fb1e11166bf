//! A district with one device: the keys that the bytes of the corpus are signed by.

use std::sync::LazyLock;

use doorstep_records::application::Beginning;
use doorstep_records::{ApplicationDocument, Author, Role, Save, Staff, StationDetails};
use doorstep_sync::envelope::VERSION;
use doorstep_sync::payload::Grant;
use doorstep_sync::{Document, DocumentId, Envelope, Grants, Item, Kind, Millis, ScopePattern, SigningKey};

/// The time at which everything is read.
pub const NOW: Millis = 1_767_000_000_000;
/// Where everything is written.
pub const SCOPE: &str = "500199101201/2026";

static CENTER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[1; 32]));
static DEVICE: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[2; 32]));
static GRANTS: LazyLock<Grants> = LazyLock::new(|| {
    let mut grants = Grants::new(center().verifying_key());
    let item = Item::sign(&envelope(center(), Kind::Grant, grant().to_bytes()), center());
    assert_eq!(grants.take(&item), Ok(true));
    grants
});
static BASE: LazyLock<(ApplicationDocument, Save)> = LazyLock::new(|| {
    let beginning = Beginning {
        matter: "YX-MZ-001".into(),
        catalogue: 1,
        station: "500199101201".into(),
    };
    ApplicationDocument::create(&author(0), &beginning)
});

/// The key of the center.
pub fn center() -> &'static SigningKey {
    &CENTER
}

/// The key of the device.
pub fn device() -> &'static SigningKey {
    &DEVICE
}

/// What the center granted.
pub fn grants() -> &'static Grants {
    &GRANTS
}

/// An application that the device has begun, and its first save.
pub fn base() -> &'static (ApplicationDocument, Save) {
    &BASE
}

/// The document that items speak of.
pub fn document_id() -> DocumentId {
    DocumentId([7; 16])
}

/// Who writes at the device, so many milliseconds later.
pub fn author(later: Millis) -> Author {
    Author {
        actor: [&device().verifying_key().device().0[..], &[0, 0, 0, 1]].concat(),
        staff: "T0101".into(),
        time: NOW + later,
    }
}

/// An envelope by the holder of this key.
pub fn envelope(key: &SigningKey, kind: Kind, payload: Vec<u8>) -> Envelope {
    let document = Document {
        kind: "application".into(),
        id: document_id(),
    };
    Envelope {
        version: VERSION,
        kind,
        scope: SCOPE.parse().unwrap_or_else(|_| unreachable!("it is a scope")),
        document: matches!(kind, Kind::Change | Kind::File | Kind::Forget).then_some(document),
        device: key.verifying_key().device(),
        staff: "T0101".into(),
        time: NOW,
        payload,
    }
}

/// The grant of the device.
pub fn grant() -> Grant {
    let staff = Staff {
        number: "T0101".into(),
        name: "陶春晓".into(),
        role: Role::VillageClerk,
        pin_salt: vec![3; 16],
        pin_hash: vec![4; 32],
    };
    let details = StationDetails {
        division: "500199101201".into(),
        name: "桃花村便民服务站".into(),
        town: "云溪镇".into(),
        district: "云溪区".into(),
        address: "云溪区云溪镇桃花村1组1号".into(),
        telephone: "023-00000201".into(),
        staff: vec![staff],
        stand_ins: None,
    };
    Grant {
        public_key: device().verifying_key().to_bytes(),
        kinds: vec!["application".into()],
        scopes: vec![ScopePattern {
            division: "500199101201".into(),
            period: None,
        }],
        from: 0,
        until: Millis::MAX,
        code: "A1".into(),
        label: "桃花村 笔记本".into(),
        details: minicbor::to_vec(details).unwrap_or_default(),
    }
}
