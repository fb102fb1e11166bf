//! The link between a device and the center: it counts, it cuts, it alters.

use doorstep_sync::auth::Signer;
use doorstep_sync::protocol::{Known, NetworkError, Outcome, Run, Step};
use http::{Request, Response};

use crate::center::Center;
use crate::device::Device;

/// What may happen between two requests: somebody goes on working.
pub type Meanwhile<'a> = &'a mut dyn FnMut(&mut Device, &Request<Vec<u8>>);

#[derive(Default)]
pub struct Link {
    /// The line is cut after this many bytes, both ways together; every message costs one byte besides its body.
    pub cut_after: Option<usize>,
    /// Bytes that went over it.
    pub bytes: usize,
    /// Changes the nth request's body on the way.
    pub alter: Option<usize>,
    /// Milliseconds each round trip takes.
    pub delay: u64,
    /// Method and path of every request, with the length of its body.
    pub requests: Vec<(String, usize)>,
}

impl Link {
    /// How many of `len` bytes get through.
    fn carry(&mut self, len: usize) -> usize {
        let through = self
            .cut_after
            .map_or(len, |end| len.min(end.saturating_sub(self.bytes)));
        self.bytes += through;
        through
    }

    fn send(&mut self, center: &mut Center, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        let cut = Err(NetworkError("cut".into()));
        let whole = request.body().len();
        let number = self.requests.len();
        self.requests
            .push((format!("{} {}", request.method(), request.uri().path()), whole));
        if self.alter == Some(number) {
            let last = request.body_mut().last_mut().unwrap();
            *last ^= 1;
        }
        match self.carry(whole + 1) {
            0 => return cut,
            through if through < whole + 1 => {
                request.body_mut().truncate(through - 1);
                let before = center.log.len();
                let counts = request.uri().path().starts_with("/files");
                let status = center.handle(request).status();
                // Bytes of a file count as they come. Of anything else, a server that acts upon a part must find that it
                // is not what was signed.
                assert_eq!((status.is_success(), before), (counts, center.log.len()));
                return cut;
            }
            _ => {}
        }
        let response = center.handle(request);
        if self.carry(response.body().len() + 1) < response.body().len() + 1 {
            cut
        } else {
            Ok(response)
        }
    }

    /// One run over this link.
    pub fn run(&mut self, device: &mut Device, center: &mut Center) -> Outcome {
        self.run_while(device, center, &mut |_, _| ())
    }

    /// One run; `meanwhile` is called while each request is on its way.
    pub fn run_while(&mut self, device: &mut Device, center: &mut Center, meanwhile: Meanwhile<'_>) -> Outcome {
        self.run_knowing(Known::default(), device, center, meanwhile)
    }

    /// One run after another.
    pub fn run_knowing(
        &mut self,
        known: Known,
        device: &mut Device,
        center: &mut Center,
        meanwhile: Meanwhile<'_>,
    ) -> Outcome {
        let mut run = Run::new(Signer::new(device.key.clone(), 0)).knowing(known);
        for _ in 0..10_000 {
            let clock = device.clock;
            match run.next(device, clock).unwrap() {
                Step::Done(outcome) => return outcome,
                Step::Send(request) => {
                    meanwhile(device, &request);
                    let answer = self.send(center, request);
                    device.clock += self.delay;
                    center.now += self.delay;
                    run.answered(device, answer, clock + self.delay).unwrap();
                }
            }
        }
        panic!("the run does not end");
    }
}

/// A center that knows one device, and that device after its first contact.
pub fn pair() -> (Device, Center) {
    let mut center = Center::new();
    let mut device = Device::new(2, center.key.verifying_key());
    center.enrol(&device.key);
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.trouble, None);
    (device, center)
}

/// One run over a good link.
pub fn run(device: &mut Device, center: &mut Center) -> Outcome {
    Link::default().run(device, center)
}

/// Requires that everything has arrived and both ends say so.
pub fn assert_level(device: &Device, center: &Center, outcome: &Outcome) {
    assert_eq!(outcome.trouble, None);
    assert_eq!(outcome.failed, vec![]);
    for id in &device.own {
        assert!(center.known.contains(id) && device.accepted.contains(id));
    }
    for own in &device.own_files {
        assert!(center.uploads[&own.file.hash].verified && device.verified.contains(&own.file.hash));
        assert_eq!(center.uploads[&own.file.hash].bytes, device.files[&own.file.hash]);
    }
    for (scope, equal) in &outcome.fingerprints_equal {
        assert_eq!(*equal, Some(true), "{scope}");
    }
}
