/** The file of the Worker, as programs write it. */
import { serve } from 'ts-cyclegan/browser/worker';

serve();
