// Where a picture goes in its box. Nothing is ever stretched.

/** The most of a camera's picture that may be cut off so that it fills its box. */
const MOST_CUT = 0.2;

/**
 * Which part of the picture is drawn (`from`), and where (`to`), each as `[left, top, width, height]`.
 * `cover` fills the box where little is cut by it; else, and for `contain`, the whole picture is shown.
 */
export function fit(picture, box, mode) {
  const [ofPicture, ofBox] = [picture.width / picture.height, box.width / box.height];
  const kept = Math.min(ofPicture, ofBox) / Math.max(ofPicture, ofBox);
  if (mode === "cover" && 1 - kept <= MOST_CUT) {
    const width = ofPicture > ofBox ? picture.height * ofBox : picture.width;
    const height = ofPicture > ofBox ? picture.height : picture.width / ofBox;
    const from = [(picture.width - width) / 2, (picture.height - height) / 2, width, height];
    return { from, to: [0, 0, box.width, box.height] };
  }
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const to = [Math.round((box.width - width) / 2), Math.round((box.height - height) / 2), width, height];
  return { from: [0, 0, picture.width, picture.height], to };
}
