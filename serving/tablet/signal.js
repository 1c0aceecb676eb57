// A card that has come makes itself felt or heard, once, unless it is a quiet hour.

/** @import { Choices } from "./choices.js" */

const BUZZ_MS = 120;
const TONE = { hertz: 660, seconds: 0.18, loud: 0.08 };

export class Signal {
  /** @param {Choices} choices */
  constructor(choices) {
    this.choices = choices;
    /** @type {AudioContext | null} */
    this.sound = null;
    // browsers let a page sound only after somebody has touched it
    const touched = () => (this.sound ??= new AudioContext());
    for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, touched, { once: true });
  }

  give() {
    const { signal } = this.choices;
    if (signal === "none" || this.choices.quiet()) return;
    navigator.vibrate?.(BUZZ_MS);
    if (signal === "both" && this.sound) this.#tone(this.sound);
  }

  /** @param {AudioContext} sound */
  #tone(sound) {
    const [source, volume] = [sound.createOscillator(), sound.createGain()];
    source.frequency.value = TONE.hertz;
    volume.gain.setValueAtTime(TONE.loud, sound.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + TONE.seconds);
    source.connect(volume).connect(sound.destination);
    source.start();
    source.stop(sound.currentTime + TONE.seconds);
  }
}
