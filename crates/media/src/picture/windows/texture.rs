//! The latest frame of what is shared. It stays on the graphics card until a picture is made of it: frames come as often as the screen changes, pictures
//! are made less often, and the last frame before the screen stands still must not be missed.
#![allow(unsafe_code, reason = "Direct3D is reached by COM, and each call says why it may be made")]

use std::slice;

use windows::Win32::Graphics::Direct3D11::{
    D3D11_BIND_SHADER_RESOURCE, D3D11_CPU_ACCESS_READ, D3D11_MAP_READ, D3D11_MAPPED_SUBRESOURCE, D3D11_TEXTURE2D_DESC,
    D3D11_USAGE_DEFAULT, D3D11_USAGE_STAGING, ID3D11Device, ID3D11DeviceContext, ID3D11Multithread, ID3D11Texture2D,
};
use windows::core::{Error, Interface as _, Result};

/// Bytes of a pixel.
const PIXEL: usize = 4;

/// Keeps it.
pub(super) struct LatestTexture {
    device: ID3D11Device,
    context: ID3D11DeviceContext,
    kept: Option<Kept>,
    is_new: bool,
}

struct Kept {
    texture: ID3D11Texture2D,
    /// What the processor can read.
    readable: ID3D11Texture2D,
    width: u32,
    height: u32,
}

impl LatestTexture {
    pub(super) fn new(device: ID3D11Device, context: ID3D11DeviceContext) -> Result<Self> {
        let shared: ID3D11Multithread = context.cast()?;
        // SAFETY: it is an object that we hold. From here on calls from two threads wait for each other.
        let _ = unsafe { shared.SetMultithreadProtected(true) };
        Ok(Self { device, context, kept: None, is_new: false })
    }

    /// Copies a frame, on the graphics card.
    pub(super) fn keep(&mut self, frame: &ID3D11Texture2D, like: &D3D11_TEXTURE2D_DESC) -> Result<()> {
        let kept = match self.kept.take().filter(|kept| (kept.width, kept.height) == (like.Width, like.Height)) {
            Some(kept) => kept,
            None => self.room(like)?,
        };
        // SAFETY: both are of this device, of one size and one format.
        unsafe { self.context.CopyResource(&kept.texture, frame) };
        (self.kept, self.is_new) = (Some(kept), true);
        Ok(())
    }

    fn room(&self, like: &D3D11_TEXTURE2D_DESC) -> Result<Kept> {
        let plain = D3D11_TEXTURE2D_DESC { MipLevels: 1, ArraySize: 1, MiscFlags: 0, ..*like };
        let texture = D3D11_TEXTURE2D_DESC {
            Usage: D3D11_USAGE_DEFAULT,
            BindFlags: D3D11_BIND_SHADER_RESOURCE.0.cast_unsigned(),
            CPUAccessFlags: 0,
            ..plain
        };
        let readable = D3D11_TEXTURE2D_DESC {
            Usage: D3D11_USAGE_STAGING,
            BindFlags: 0,
            CPUAccessFlags: D3D11_CPU_ACCESS_READ.0.cast_unsigned(),
            ..plain
        };
        let (texture, readable) = (self.made(&texture)?, self.made(&readable)?);
        Ok(Kept { texture, readable, width: like.Width, height: like.Height })
    }

    fn made(&self, told: &D3D11_TEXTURE2D_DESC) -> Result<ID3D11Texture2D> {
        let mut texture = None;
        // SAFETY: it reads the description and puts one object there.
        unsafe { self.device.CreateTexture2D(told, None, Some(&mut texture))? };
        texture.ok_or_else(Error::empty)
    }

    /// The pixels of the latest frame, once, row by row without gaps: how wide and how high. `None`: nothing has changed.
    pub(super) fn read(&mut self, pixels: &mut Vec<u8>) -> Result<Option<(usize, usize)>> {
        let Some(kept) = self.kept.as_ref().filter(|_| self.is_new) else { return Ok(None) };
        let (row, rows) = (kept.width as usize * PIXEL, kept.height as usize);
        let mut mapped = D3D11_MAPPED_SUBRESOURCE::default();
        pixels.clear();
        // SAFETY: between `Map` and `Unmap` the memory is ours to read, in rows that are so far from each other.
        unsafe {
            self.context.CopyResource(&kept.readable, &kept.texture);
            self.context.Map(&kept.readable, 0, D3D11_MAP_READ, 0, Some(&mut mapped))?;
            let (start, pitch) = (mapped.pData.cast_const().cast::<u8>(), mapped.RowPitch as usize);
            for at in 0..rows {
                pixels.extend_from_slice(slice::from_raw_parts(start.add(at * pitch), row));
            }
            self.context.Unmap(&kept.readable, 0);
        }
        self.is_new = false;
        Ok(Some((kept.width as usize, rows)))
    }
}
