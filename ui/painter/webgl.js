// I420 by a shader, for web views without `VideoFrame`.

const VERTEX = `
  attribute vec2 corner;
  uniform vec4 source;
  uniform float mirror;
  varying vec2 at;
  void main() {
    at = source.xy + source.zw * vec2(mirror > 0.5 ? 1.0 - corner.x : corner.x, 1.0 - corner.y);
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
  }`;

/** BT.601, limited range. */
const FRAGMENT = `
  precision mediump float;
  varying vec2 at;
  uniform sampler2D luma;
  uniform sampler2D blue;
  uniform sampler2D red;
  void main() {
    float y = 1.164 * (texture2D(luma, at).r - 0.0627);
    float u = texture2D(blue, at).r - 0.502;
    float v = texture2D(red, at).r - 0.502;
    gl_FragColor = vec4(y + 1.596 * v, y - 0.392 * u - 0.813 * v, y + 2.017 * u, 1.0);
  }`;

/** A way to draw, or `null` where there is no WebGL. */
export function webgl(canvas) {
  const gl = canvas.getContext("webgl", { preserveDrawingBuffer: true });
  const program = gl && programOf(gl);
  if (!program) return null;
  gl.useProgram(program);
  square(gl, program);
  const textures = ["luma", "blue", "red"].map((name, unit) => texture(gl, program, name, unit));
  const [source, mirror] = ["source", "mirror"].map((name) => gl.getUniformLocation(program, name));
  const clear = () => gl.clear(gl.COLOR_BUFFER_BIT);
  const draw = (frame, { from, to: [left, top, width, height] }, mirrored) => {
    const chromaWidth = Math.ceil(frame.width / 2);
    const chromaHeight = Math.ceil(frame.height / 2);
    fill(gl, textures[0], 0, frame.planes[0], frame.width, frame.height);
    fill(gl, textures[1], 1, frame.planes[1], chromaWidth, chromaHeight);
    fill(gl, textures[2], 2, frame.planes[2], chromaWidth, chromaHeight);
    gl.uniform4f(source, from[0] / frame.width, from[1] / frame.height, from[2] / frame.width, from[3] / frame.height);
    gl.uniform1f(mirror, mirrored ? 1 : 0);
    clear();
    gl.viewport(left, canvas.height - top - height, width, height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  };
  // A page may have a few contexts only, and those of canvases that are gone count until somebody clears them away.
  const free = () => gl.getExtension("WEBGL_lose_context")?.loseContext();
  return { draw, clear, free };
}

function programOf(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

function square(gl, program) {
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(program, "corner");
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
}

function texture(gl, program, name, unit) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  // Sizes that are no powers of two need both.
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
  gl.uniform1i(gl.getUniformLocation(program, name), unit);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  return made;
}

function fill(gl, made, unit, plane, width, height) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.LUMINANCE, width, height, 0, gl.LUMINANCE, gl.UNSIGNED_BYTE, plane);
}
