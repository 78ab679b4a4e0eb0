/**
 * In the place of the library with which Element Plus mixes shades of a button's own colour: ours have none but the
 * theme's, and the library weighs more than the button.
 */
export class TinyColor {
  constructor() {
    throw new Error('Buttons have the colours of the theme: use `type` instead of `color`.')
  }
}
