//! Media Foundation, looked for when it is wanted: Windows N comes without it, and a program that is linked with it does not start there.
#![allow(unsafe_code, reason = "what C declares is called here, and nowhere else is it said what that needs")]

use std::ptr;

use windows::Win32::Foundation::HMODULE;
use windows::Win32::Media::MediaFoundation::{
    IMFActivate, IMFAttributes, IMFMediaSource, IMFMediaType, IMFSourceReader, IMFSourceReaderCallback,
    MF_DEVSOURCE_ATTRIBUTE_FRIENDLY_NAME, MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE,
    MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE_VIDCAP_GUID, MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE_VIDCAP_SYMBOLIC_LINK,
    MF_SOURCE_READER_ASYNC_CALLBACK, MF_VERSION, MFSTARTUP_LITE,
};
use windows::Win32::System::Com::{CO_MTA_USAGE_COOKIE, CoDecrementMTAUsage, CoIncrementMTAUsage, CoTaskMemFree};
use windows::Win32::System::LibraryLoader::{GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW};
use windows::core::{Error, GUID, HRESULT, Interface as _, PCSTR, PCWSTR, PWSTR, Result, s, w};

use super::Found;

/// More cameras than a machine has.
const MOST_CAMERAS: usize = 64;

type Startup = unsafe extern "system" fn(u32, u32) -> HRESULT;
type Shutdown = unsafe extern "system" fn() -> HRESULT;
type CreateAttributes = unsafe extern "system" fn(*mut Option<IMFAttributes>, u32) -> HRESULT;
type EnumDeviceSources =
    unsafe extern "system" fn(*mut std::ffi::c_void, *mut *mut Option<IMFActivate>, *mut u32) -> HRESULT;
type CreateSourceReader =
    unsafe extern "system" fn(*mut std::ffi::c_void, *mut std::ffi::c_void, *mut Option<IMFSourceReader>) -> HRESULT;

/// Media Foundation, until it is dropped. The libraries themselves stay loaded, as the system's do.
pub(super) struct Library {
    shutdown: Shutdown,
    create_attributes: CreateAttributes,
    enum_device_sources: EnumDeviceSources,
    create_source_reader: CreateSourceReader,
    apartment: CO_MTA_USAGE_COOKIE,
}

impl Library {
    pub(super) fn open() -> Result<Self> {
        // SAFETY: the names are those of Windows' own libraries, and each function is called as its documentation declares it. Threads that have
        // no apartment are in the one for many threads as long as the cookie is held, which it is until `drop`.
        unsafe {
            let (platform, devices, reading) =
                (load(w!("mfplat.dll"))?, load(w!("mf.dll"))?, load(w!("mfreadwrite.dll"))?);
            let startup: Startup = std::mem::transmute(function(platform, s!("MFStartup"))?);
            let shutdown: Shutdown = std::mem::transmute(function(platform, s!("MFShutdown"))?);
            let create_attributes: CreateAttributes =
                std::mem::transmute(function(platform, s!("MFCreateAttributes"))?);
            let enum_device_sources: EnumDeviceSources =
                std::mem::transmute(function(devices, s!("MFEnumDeviceSources"))?);
            let create_source_reader: CreateSourceReader =
                std::mem::transmute(function(reading, s!("MFCreateSourceReaderFromMediaSource"))?);
            let apartment = CoIncrementMTAUsage()?;
            if let Err(error) = startup(MF_VERSION, MFSTARTUP_LITE).ok() {
                let _ = CoDecrementMTAUsage(apartment);
                return Err(error);
            }
            Ok(Self { shutdown, create_attributes, enum_device_sources, create_source_reader, apartment })
        }
    }

    /// Those that are plugged in.
    pub(super) fn cameras(&self) -> Result<Vec<Found>> {
        let wanted = self.attributes()?;
        let (mut first, mut count) = (ptr::null_mut(), 0);
        // SAFETY: the system fills an array of so many, which is ours to free with all that is in it.
        let activates: Vec<IMFActivate> = unsafe {
            wanted.SetGUID(&MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE, &MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE_VIDCAP_GUID)?;
            (self.enum_device_sources)(wanted.as_raw(), &mut first, &mut count).ok()?;
            let taken = (0..count as usize).filter_map(|at| ptr::read(first.add(at))).collect();
            CoTaskMemFree(Some(first.cast_const().cast()));
            taken
        };
        let found = activates.into_iter().take(MOST_CAMERAS).filter_map(|activate| {
            let id = text(&activate, &MF_DEVSOURCE_ATTRIBUTE_SOURCE_TYPE_VIDCAP_SYMBOLIC_LINK)?;
            let name = text(&activate, &MF_DEVSOURCE_ATTRIBUTE_FRIENDLY_NAME).unwrap_or_default();
            Some(Found { activate, id, name })
        });
        Ok(found.collect())
    }

    /// What reads of a camera, and tells `callback` of each frame that it was asked for.
    pub(super) fn reader(
        &self,
        source: &IMFMediaSource,
        callback: &IMFSourceReaderCallback,
    ) -> Result<IMFSourceReader> {
        let attributes = self.attributes()?;
        let mut reader = None;
        // SAFETY: all three live until the call returns, and the reader counts its own references.
        unsafe {
            attributes.SetUnknown(&MF_SOURCE_READER_ASYNC_CALLBACK, callback)?;
            (self.create_source_reader)(source.as_raw(), attributes.as_raw(), &mut reader).ok()?;
        }
        reader.ok_or_else(Error::empty)
    }

    fn attributes(&self) -> Result<IMFAttributes> {
        let mut attributes = None;
        // SAFETY: it puts one object there.
        unsafe { (self.create_attributes)(&mut attributes, 1).ok()? };
        attributes.ok_or_else(Error::empty)
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: both were begun in `open`, and nothing that came of them is left: who holds such has a library too, and drops it last.
        unsafe {
            let _ = (self.shutdown)();
            let _ = CoDecrementMTAUsage(self.apartment);
        }
    }
}

/// # Safety
/// It is a library of Windows' own, whose loading may run its code.
unsafe fn load(name: PCWSTR) -> Result<HMODULE> {
    // SAFETY: the caller says so.
    unsafe { LoadLibraryExW(name, None, LOAD_LIBRARY_SEARCH_SYSTEM32) }
}

/// # Safety
/// What it gives must be called as the library declares it.
unsafe fn function(library: HMODULE, name: PCSTR) -> Result<unsafe extern "system" fn() -> isize> {
    // SAFETY: the library is loaded, and never unloaded.
    unsafe { GetProcAddress(library, name) }.ok_or_else(Error::from_thread)
}

fn text(of: &IMFActivate, key: &GUID) -> Option<String> {
    let (mut told, mut length) = (PWSTR::null(), 0);
    // SAFETY: the system gives a string that ends with a zero, which is ours to free.
    unsafe {
        of.GetAllocatedString(key, &mut told, &mut length).ok()?;
        let text = told.to_string().ok();
        CoTaskMemFree(Some(told.as_ptr().cast_const().cast()));
        text
    }
}

pub(super) fn kind(of: &IMFMediaType, key: &GUID) -> Option<GUID> {
    // SAFETY: it reads an attribute of an object that we hold.
    unsafe { of.GetGUID(key) }.ok()
}

pub(super) fn number(of: &IMFMediaType, key: &GUID) -> Option<u32> {
    // SAFETY: it reads an attribute of an object that we hold.
    unsafe { of.GetUINT32(key) }.ok()
}

/// Two numbers that are kept as one: width and height, or pictures and seconds.
pub(super) fn pair(of: &IMFMediaType, key: &GUID) -> Option<(u32, u32)> {
    // SAFETY: it reads an attribute of an object that we hold.
    let both = unsafe { of.GetUINT64(key) }.ok()?;
    Some(((both >> 32) as u32, both as u32))
}
