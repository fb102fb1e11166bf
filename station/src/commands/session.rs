use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn strip(_s: &Station, _q: Nothing) -> Result<Strip, Failure> {
    todo!()
}

pub(crate) async fn enrol(_s: &Station, _q: EnrolRequest) -> Result<StaffList, Failure> {
    todo!()
}

pub(crate) async fn staff_list(_s: &Station, _q: Nothing) -> Result<StaffList, Failure> {
    todo!()
}

pub(crate) async fn unlock(_s: &Station, _q: UnlockRequest) -> Result<Strip, Failure> {
    todo!()
}

pub(crate) async fn lock(_s: &Station, _q: Nothing) -> Result<Nothing, Failure> {
    todo!()
}
