//! Stations, their devices, and the codes by which a device joins.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use doorstep_records::Role;
use doorstep_sync::DeviceId;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Origin, Shared, Signed};
use crate::center::Center;
use crate::deeds::Deed;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// A station with what works there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StationRow {
    /// 12-digit division.
    pub division: String,
    /// Name.
    pub name: String,
    /// Town name.
    pub town: String,
    /// Address.
    pub address: String,
    /// Telephone.
    pub telephone: String,
    /// Who works here.
    pub staff: Vec<StaffRow>,
    /// Its devices, revoked ones last.
    pub devices: Vec<DeviceRow>,
    /// Enrolment codes made and not yet used.
    pub open_codes: u32,
}

/// A staff member of a station.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffRow {
    /// Staff number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// A device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceRow {
    /// Device id, hex.
    pub id: String,
    /// Code within the station: `A1`.
    pub code: String,
    /// Name for people.
    pub label: String,
    /// When it joined, milliseconds.
    pub enrolled: u64,
    /// When it was last heard of, milliseconds.
    pub last_contact: Option<u64>,
    /// Scans that it named and that are not here yet.
    pub waiting_files: u32,
    /// Their missing bytes.
    pub waiting_bytes: u64,
    /// When it was revoked, milliseconds.
    pub revoked: Option<u64>,
    /// Why it was revoked.
    pub revoked_reason: String,
}

/// Asks for an enrolment code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CodeRequest {
    /// Name the device will have.
    pub label: String,
}

/// An enrolment code: shown once, good once, for 24 hours.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentCode {
    /// What is typed: `ABCD-EFGH-JKMN`.
    pub code: String,
    /// When it ends, milliseconds.
    pub expires: u64,
    /// What the QR code says: `doorstep-enrol CENTER-ADDRESS CODE`.
    pub payload: String,
    /// The QR code as an SVG picture.
    pub qr: String,
}

/// Revokes a device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevokeRequest {
    /// Why, for the record.
    pub reason: String,
}

/// All stations.
#[utoipa::path(get, path = "/api/stations", tag = "stations",
    responses((status = 200, body = Vec<StationRow>), (status = "4XX", body = ErrorBody)))]
pub(super) async fn stations(State(center): State<Shared>, signed: Signed) -> Answer<Vec<StationRow>> {
    signed.may(Right::ReadStations)?;
    center.run(|center| center.stations()).await.map(Json)
}

/// Makes a code for one new device of a station.
#[utoipa::path(post, path = "/api/stations/{division}/enrolment-codes", tag = "stations",
    params(("division" = String, Path)), request_body = CodeRequest,
    responses((status = 200, body = EnrolmentCode), (status = "4XX", body = ErrorBody)))]
pub(super) async fn enrolment_code(
    State(center): State<Shared>,
    signed: Signed,
    origin: Origin,
    Path(division): Path<String>,
    Json(body): Json<CodeRequest>,
) -> Answer<EnrolmentCode> {
    let by = signed.may(Right::ManageStations)?.account;
    let work = move |center: &Center| {
        let made = center.enrolment_code(&division, &body.label)?;
        let deed = Deed::CodeMade {
            station: division,
            device: body.label,
        };
        center.wrote_down(&by, Right::ManageStations, &deed)?;
        Ok(made)
    };
    let (code, expires) = center.run(work).await?;
    let payload = format!("doorstep-enrol {} {code}", origin.0);
    let qr = QrCode::new(&payload).map_err(|_| ApiError::bad_request("the address is too long for a QR code"))?;
    let qr = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(Json(EnrolmentCode {
        code,
        expires,
        payload,
        qr,
    }))
}

/// From now on nothing this device writes is taken.
#[utoipa::path(post, path = "/api/devices/{id}/revoke", tag = "stations",
    params(("id" = String, Path, description = "device id, hex")), request_body = RevokeRequest,
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn revoke(
    State(center): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Json(body): Json<RevokeRequest>,
) -> Result<StatusCode, ApiError> {
    let Signed { account, .. } = signed.may(Right::ManageStations)?;
    let id: DeviceId = id.parse().map_err(|_| ApiError::not_found("device"))?;
    let work = move |center: &Center| {
        center.revoke(&id, &body.reason, &account.name)?;
        let deed = Deed::DeviceRevoked {
            device: id.to_string(),
            reason: body.reason.trim().to_owned(),
        };
        center.wrote_down(&account, Right::ManageStations, &deed)
    };
    center.run(work).await?;
    Ok(StatusCode::NO_CONTENT)
}
