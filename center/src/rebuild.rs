//! Documents, queue and fingerprints are views over the log of items: here they are made again from it.

use std::collections::BTreeMap;

use doorstep_records::kind;
use doorstep_sync::payload::{Change, Forget, Looks};
use doorstep_sync::{DocumentId, Item, Kind};

use crate::apply::{Effect, change_application, change_case};
use crate::center::Center;
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::store::{self, Connection};

impl Center {
    /// Every item of the log in order of arrival, for check-ups: all of them in memory.
    pub fn log(&self) -> Result<Vec<Item>, ApiError> {
        self.store.read(|sql| {
            let items = store::items::page(sql, 0, u32::MAX)?;
            Ok(items.into_iter().map(|(_, item)| item).collect())
        })
    }

    /// Makes documents, queue and fingerprints again from the log of items; how many items there are.
    pub fn rebuild(&self) -> Result<u64, ApiError> {
        self.store.write(|sql| self.rebuild_within(sql))
    }

    pub(crate) fn rebuild_within(&self, sql: &Connection) -> Result<u64, ApiError> {
        store::meta::clear_projections(sql)?;
        let mut open: BTreeMap<DocumentId, Dossier> = BTreeMap::new();
        store::places::fill(sql)?;
        let (mut position, mut count) = (0, 0);
        loop {
            let page = store::items::page(sql, position, 1_000)?;
            let Some((last, _)) = page.last() else { break };
            position = *last;
            for (_, item) in &page {
                count += 1;
                self.replay(sql, &mut open, item)?;
            }
        }
        for mut dossier in open.into_values() {
            dossier.save(sql)?;
            self.project(sql, &dossier)?;
        }
        Ok(count)
    }

    fn replay(&self, sql: &Connection, open: &mut BTreeMap<DocumentId, Dossier>, item: &Item) -> Result<(), ApiError> {
        let Ok(envelope) = item.open() else { return Ok(()) };
        if envelope.kind == Kind::Look
            && let Ok(looks) = Looks::from_bytes(&envelope.payload)
        {
            store::looks::note(sql, &envelope.device, &looks)?;
        }
        let Some(document) = &envelope.document else {
            return Ok(());
        };
        let changed = match envelope.kind {
            Kind::Change => {
                let Ok(change) = Change::from_bytes(&envelope.payload) else {
                    return Ok(());
                };
                let dossier = open
                    .entry(document.id)
                    .or_insert_with(|| Dossier::empty(document.id, envelope.scope.clone()));
                let effect = match document.kind.as_str() {
                    kind::CASE => change_case(dossier, &envelope.device, &change),
                    _ => change_application(dossier, &envelope.device, &change),
                };
                let Effect::Taken(changed) = effect else {
                    tracing::error!(item = %item.id(), "a stored item does not apply");
                    return Ok(());
                };
                for file in result_files(&dossier.case) {
                    store::files::name_in_scope(sql, &file, &dossier.scope, &self.key.verifying_key().device())?;
                }
                changed
            }
            Kind::File => vec!["file".to_owned()],
            Kind::Forget => {
                if let Ok(forget) = Forget::from_bytes(&envelope.payload) {
                    store::forgotten::note(sql, &envelope.scope, &forget)?;
                }
                return Ok(());
            }
            _ => Vec::new(),
        };
        for file in envelope.files() {
            store::files::name_in_scope(sql, &file, &envelope.scope, &envelope.device)?;
        }
        Ok(store::items::set_changed(sql, &item.id(), &changed)?)
    }
}
