import { serve } from 'ts-cyclegan/browser/worker';

serve();
