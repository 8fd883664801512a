export { oneLine, widthOf } from './plain-text.ts';
export { createPrinter, type OutputStream, type Printer, type PrinterOptions } from './printer.ts';
export { createProgressBar, type ProgressBar, type ProgressState, progressLine } from './progress-bar.ts';
export { formatAgo, formatCount, formatSize, formatTime } from './quantity.ts';
export { createStyle, type Style, wantsColour } from './style.ts';
export { type Column, formatFields, formatTable } from './table.ts';
