using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Onnx;

/// <summary>
/// Runs a graph over any number of rows, as many at once as can be without one row changing what another gets. Any number of threads may
/// run it at once, but none while it is disposed.
/// </summary>
/// <remarks>
/// A graph promises nothing about rows that are run together: one that was exported for a single row may reduce over all axes, and one whose
/// batch is free may do so too. So the first batch is preceded by a try with three different rows, together and alone; where they
/// disagree, each row is run by itself. A graph that takes just so many rows gets just so many.
/// </remarks>
internal sealed class OnnxBatchRunner : IDisposable
{
    private readonly OnnxStep _step;
    private readonly int _threads;
    private readonly Lock _gate = new();
    private volatile StepSession _session;
    private volatile Batching _batching;

    /// <summary>Loads a graph.</summary>
    /// <exception cref="InvalidDataException">The graph cannot be loaded, or takes several rows at once and mixes them.</exception>
    public OnnxBatchRunner(OnnxStep step, int threads)
    {
        _step = step;
        _threads = threads;
        _session = new StepSession(step, threads);
        RowsOfARun = Math.Max(1, _session.DeclaredBatch);
        _batching = step.KeepsRowsApart ? Batching.Free : Batching.Untried;
        if (RowsOfARun > 1)
        {
            _batching = Batching.Exact;
            RefuseMixing();
        }
    }

    private enum Batching
    {
        Untried,
        Free,
        Alone,
        Exact,
    }

    /// <summary>Gets the number of rows that every run of the graph takes; 1 where it takes one row, or any number of them.</summary>
    public int RowsOfARun { get; }

    /// <summary>Rounds a number of rows up to a multiple of <see cref="RowsOfARun"/>.</summary>
    public int RoundUp(int rows)
    {
        long runs = ((long)rows + RowsOfARun - 1) / RowsOfARun;
        return (int)(Math.Min(runs, int.MaxValue / RowsOfARun) * RowsOfARun);
    }

    /// <summary>Scores rows [first, first + count) of buffers that hold a row after the other.</summary>
    public void Run(float[][] inputs, float[][] outputs, int first, int count)
    {
        if (_batching == Batching.Exact)
        {
            RunExactly(inputs, outputs, first, count);
        }
        else if (count == 1 || RunsFreely())
        {
            RunTogether(inputs, outputs, first, count);
        }
        else
        {
            RunAlone(inputs, outputs, first, count);
        }
    }

    public void Dispose() => _session.Dispose();

    private void RunTogether(float[][] inputs, float[][] outputs, int first, int count)
    {
        while (true)
        {
            StepSession session = _session;
            try
            {
                session.Run(inputs, outputs, first, count);
                return;
            }
            catch (ObjectDisposedException) when (session != _session)
            {
                // Another thread has found that the rewritten graph serves, and put it in the place of this one.
            }
            catch (Exception exception) when (count > 1 && exception is OnnxRuntimeException or InvalidDataException)
            {
                // Some number of rows is written into the graph that the try did not reach. Rows that cannot be run at all throw again.
                _batching = Batching.Alone;
                RunAlone(inputs, outputs, first, count);
                return;
            }
        }
    }

    private void RunAlone(float[][] inputs, float[][] outputs, int first, int count)
    {
        for (int row = first; row < first + count; row++)
        {
            RunTogether(inputs, outputs, row, 1);
        }
    }

    private void RunExactly(float[][] inputs, float[][] outputs, int first, int count)
    {
        int rows = RowsOfARun;
        for (int done = 0; done < count; done += rows)
        {
            int left = Math.Min(rows, count - done);
            if (left == rows)
            {
                _session.Run(inputs, outputs, first + done, rows);
                continue;
            }

            // Too few rows are filled up with copies of the last one.
            float[][] padded = [.. _step.Inputs.Select((input, i) => Padded(inputs[i], input.Length, first + done, left))];
            float[][] scored = [.. _step.Outputs.Select(output => new float[checked(rows * output.Length)])];
            _session.Run(padded, scored, 0, rows);
            for (int i = 0; i < scored.Length; i++)
            {
                int length = _step.Outputs[i].Length;
                scored[i].AsSpan(0, left * length).CopyTo(outputs[i].AsSpan((first + done) * length));
            }
        }
    }

    private float[] Padded(float[] rows, int length, int first, int count)
    {
        var padded = new float[checked(RowsOfARun * length)];
        for (int row = 0; row < RowsOfARun; row++)
        {
            rows.AsSpan((first + Math.Min(row, count - 1)) * length, length).CopyTo(padded.AsSpan(row * length));
        }

        return padded;
    }

    private bool RunsFreely()
    {
        if (_batching == Batching.Untried)
        {
            lock (_gate)
            {
                if (_batching == Batching.Untried)
                {
                    _batching = Try() ? Batching.Free : Batching.Alone;
                }
            }
        }

        return _batching == Batching.Free;
    }

    private bool Try()
    {
        StepSession? free = null;
        try
        {
            // What was written for one row is run as it is, until its rewritten form is known to give the same.
            free = _session.DeclaresOneRow ? new StepSession(_step with { Graph = OnnxBatchAxis.Free(_step.Graph) }, _threads) : null;
            if (!RowIndependence.Holds(_step, _session.Try, (free ?? _session).Try))
            {
                return false;
            }

            if (free is not null)
            {
                StepSession replaced = _session;
                _session = free;
                free = null;
                replaced.Dispose();
            }

            return true;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException)
        {
            return false;
        }
        finally
        {
            free?.Dispose();
        }
    }

    private void RefuseMixing()
    {
        try
        {
            if (RowIndependence.Mixes(_step, _session.Run, RowsOfARun))
            {
                throw new InvalidDataException(
                    $"The network takes batches of exactly {RowsOfARun} rows and mixes them: a row's result depends on the rows beside it. "
                    + "Export it with a batch dimension that is free, or of 1.");
            }
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }
}
