//! The routes, one file for each noun. Handlers read the request, ask the center, and answer.

mod access;
mod account;
mod accounts;
mod body;
mod bundles;
mod cases;
mod catalogue;
mod custody;
mod enrol;
mod events;
mod extract;
mod files;
mod health;
mod logs;
mod matters;
mod overview;
mod page;
mod parcels;
mod provider;
mod review;
mod rights;
mod session;
mod small;
mod staff;
mod stand_ins;
mod stations;
mod sync;
mod transfer;

pub use access::{AccessFault, AccessLog, AccessView, SeenBy, SeenList};
pub use account::{AccountView, PasswordBody, RecoveryCodes, SessionPlace, SetUpView};
pub use accounts::{AccountRow, NewAccount, OneTime, RoleChange};
pub use bundles::{BundleDamage, BundleFile, BundlePlan, BundleReport, BundleRequest};
pub use cases::{
    BundleMark, BundleView, CaseAction, CaseList, CaseMaterial, CaseQuery, CaseRow, CaseView, CheckProblem, Conflict,
    CustodyEntry, Difference, FlowStage, ProblemPlace, Queue, QueueCounts, SiblingView, StationName,
};
pub use catalogue::{BroughtFile, CheckRequest, PreviewRequest, PublishRequest, PublishedVersion};
pub use custody::{CustodyFault, CustodyLink, CustodyView};
pub use enrol::{EnrolReply, EnrolRequest};
pub use extract::{Browser, Entered, Origin, Peer, Shared, Signed, Words};
pub use health::Health;
pub(crate) use health::Verdict;
pub use logs::{DeedPage, DeedRow, LogQuery, SealPage, SealUse};
pub use matters::{MatterCatalogue, MatterPage};
pub use overview::{LightCount, Overview, StationCount, StatusCount};
pub use provider::{Back, Ways};
pub use review::{AcceptRequest, AdvanceRequest, CorrectionBody, DecideRequest, NotAcceptRequest, VerifyRequest};
pub use rights::{DecidersRequest, RightsTable, RoleRights};
pub use session::{CodeBody, SessionView, SignIn};
pub use staff::{NewStaff, StaffChange};
pub use stand_ins::{NewStandIn, StandInRow, StandInState};
pub use stations::{CodeRequest, DeviceRow, EnrolmentCode, RevokeRequest, StaffRow, StationRow};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics;

#[derive(OpenApi)]
#[openapi(info(
    title = "Doorstep center",
    description = "The console's API, and how a device joins. Devices exchange items by POST /sync and files by tus under /files, both as described in the crate doorstep-sync."
))]
struct Description;

/// The JSON routes with their description.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(session::session, session::sign_in, session::sign_out))
        .routes(routes!(session::show_code))
        .routes(routes!(provider::ways))
        .routes(routes!(provider::begin))
        .routes(routes!(provider::back))
        .routes(routes!(account::account))
        .routes(routes!(account::change_password))
        .routes(routes!(account::set_up))
        .routes(routes!(account::confirm))
        .routes(routes!(account::renew_recovery))
        .routes(routes!(account::sign_out_everywhere))
        .routes(routes!(account::end_session))
        .routes(routes!(cases::cases))
        .routes(routes!(cases::case))
        .routes(routes!(custody::custody))
        .routes(routes!(custody::custody_file))
        .routes(routes!(access::looks))
        .routes(routes!(review::accept))
        .routes(routes!(review::advance))
        .routes(routes!(review::verify))
        .routes(routes!(review::not_accept))
        .routes(routes!(review::ask_correction))
        .routes(routes!(review::decide))
        .routes(routes!(files::case_file))
        .routes(routes!(files::store_result))
        .routes(routes!(matters::matters))
        .routes(routes!(matters::matter))
        .routes(routes!(catalogue::bring))
        .routes(routes!(catalogue::check))
        .routes(routes!(catalogue::preview))
        .routes(routes!(catalogue::publish))
        .routes(routes!(catalogue::withdraw))
        .routes(routes!(stations::stations))
        .routes(routes!(stations::enrolment_code))
        .routes(routes!(stations::revoke))
        .routes(routes!(staff::add_staff))
        .routes(routes!(staff::change_staff))
        .routes(routes!(staff::set_pin))
        .routes(routes!(staff::remove_staff))
        .routes(routes!(accounts::accounts, accounts::add_account))
        .routes(routes!(accounts::change_role))
        .routes(routes!(accounts::set_password))
        .routes(routes!(accounts::disable))
        .routes(routes!(accounts::enable))
        .routes(routes!(stand_ins::stand_ins, stand_ins::add_stand_in))
        .routes(routes!(stand_ins::end_stand_in))
        .routes(routes!(rights::rights))
        .routes(routes!(rights::set_deciders))
        .routes(routes!(logs::deeds))
        .routes(routes!(logs::seal_uses))
        .routes(routes!(bundles::prepare_bundle))
        .routes(routes!(bundles::bundle_part))
        .routes(routes!(bundles::import_bundle))
        .routes(routes!(overview::overview))
        .routes(routes!(access::access))
        .routes(routes!(enrol::enrol))
        .routes(routes!(health::health))
}

/// The OpenAPI description, as it is committed in `center/openapi.json`.
pub fn openapi() -> String {
    let mut text = described().into_openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Everything the center serves. In process, as a whole: a simulated network can call it.
pub fn router(center: Shared) -> Router {
    let (described, _) = described().split_for_parts();
    let people = described.layer(DefaultBodyLimit::max(files::MAX_RESULT));
    let devices = sync::routes(&center).merge(events::routes()).merge(health::routes());
    let devices = devices.with_state(center.clone());
    let observe = from_fn_with_state(center.clone(), metrics::observe);
    // Devices are no browsers: the headers that guard one would be dead weight in every exchange.
    let tls = center.tls;
    page::protected(people.with_state(center).fallback(page::console), tls)
        .merge(devices)
        .layer(observe)
}
