#!/bin/bash
# sbatch slurm.sh: eight workers. One that is preempted is started again under its old name, and
# goes on with its trial.
#SBATCH --job-name=tune
#SBATCH --array=0-7
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --gpus-per-task=1
export APOGEE_SERVER=${APOGEE_SERVER:-login-node:28080}
export APOGEE_WORKER=$SLURM_JOB_NAME-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID
exec python3 "$SLURM_SUBMIT_DIR/worker.py"
